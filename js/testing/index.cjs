// As index.cjs of the package.
module.exports = require('../../cjs/js/testing/index.js')
