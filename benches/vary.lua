-- Asks for the same page under an address that was never asked for, each time: the query is a part of the key under
-- which a rendered page is kept, and means nothing to the page.
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("mark", os.time() .. "-" .. threads .. "-")
end

local count = 0

function request()
  count = count + 1
  return wrk.format(nil, wrk.path .. "?x=" .. mark .. count)
end
