import * as agentMemory from './agent-memory.js'
import * as archives from './archives.js'
import * as copy from './copy.js'
import * as eventLoop from './event-loop.js'
import * as exec from './exec.js'
import * as execQuota from './exec-quota.js'
import * as execRate from './exec-rate.js'
import * as firstCommand from './first-command.js'
import * as flood from './flood.js'
import * as fs from './fs.js'
import * as largeFiles from './large-files.js'
import * as imports from './import.js'
import * as ports from './ports.js'
import * as processes from './processes.js'
import * as logs from './logs.js'
import * as manager from './manager.js'
import * as sessions from './sessions.js'
import * as smallFiles from './small-files.js'
import * as tasks from './tasks.js'

/** The scenarios, in the order of the table. */
export const scenarios = {
  exec: exec.run,
  'exec-rate': execRate.run,
  'exec-quota': execQuota.run,
  'small-files': smallFiles.run,
  'large-files': largeFiles.run,
  fs: fs.run,
  copy: copy.run,
  flood: flood.run,
  processes: processes.run,
  ports: ports.run,
  'first-command': firstCommand.run,
  'agent-memory': agentMemory.run,
  'event-loop': eventLoop.run,
  import: imports.run,
  manager: manager.run,
  logs: logs.run,
  archives: archives.run,
  tasks: tasks.run,
  sessions: sessions.run,
}
