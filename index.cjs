// For `require`: the same module that `import` loads.
module.exports = require('./index.js')
