// For `require`: the very module that `import` gives.
module.exports = require('./index.js')
