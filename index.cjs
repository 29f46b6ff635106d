// For a `require` that takes no ES modules, such as that of jest; Node itself loads index.js for both. Written by `npm run build`.
module.exports = require('./cjs/index.js')
