-- Places or renews a writer's fence.
--
-- KEYS: tags
-- ARGV: the writer's token, the lease in microseconds
local now = clock()
for _, key in ipairs(KEYS) do
	local v = read(key) or NEW
	local fences, over = standing(v, now, ARGV[1])
	local err = put(key, advanced(v, over) .. fences .. fence(ARGV[1], now + ARGV[2]))
	if err then
		return err
	end
end
return #KEYS
