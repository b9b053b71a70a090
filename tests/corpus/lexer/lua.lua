--[[ one line ]] local x = require "mod" -- it's
--[[ multi
words in it ]] print([[long "string" -- no]])
local s = 'it\'s' .. "a" .. [==[ x ]==] ~= #t // 2
goto done ::done:: for k, v in pairs(t) do t[k] = function(...) return ... end end
