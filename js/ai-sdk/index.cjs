// As index.cjs of the package.
module.exports = require('../../cjs/js/ai-sdk/index.js')
