-- Removes a writer's fence and advances the generation. A tag that is not there
-- has neither, and its generation will be a random one: nothing to do.
--
-- KEYS: tags
-- ARGV: the writer's token, empty for nobody's; how far to advance
local now = clock()
for _, key in ipairs(KEYS) do
	local v = read(key)
	if v then
		local fences, over = standing(v, now, ARGV[1])
		local err = put(key, advanced(v, over + ARGV[2]) .. fences)
		if err and #fences > 0 then
			return err
		end
	end
end
return #KEYS
