#!/usr/bin/env bash
# Runs in a machine, as the user of an environment: the suite in the checkout at ~/cofferdam.
#
#   suite.sh <environment> <engine's address, or "-"> <file for the result> [test file...]
set -uo pipefail

environment=${1:?environment} address=${2:?address} result=${3:?file}
shift 3
[[ $address == - ]] || export DOCKER_HOST=$address
cd ~/cofferdam || exit 1
MATRIX_RESULT=$result exec node matrix/suite/run.js "$environment" "$@"
