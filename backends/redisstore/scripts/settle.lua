-- Settles what a Load found and cannot judge by itself, and returns the values.
--
-- KEYS: tags
-- ARGV: the server's incarnation, the quarantine in microseconds, a random
--       generation for each tag
local now, quarantine = clock(), tonumber(ARGV[2])
local NOBODY = string.rep('\0', 16)
local values = {}
for i, key in ipairs(KEYS) do
	local old = read(key)
	local fences, over = standing(old or NEW, now)
	local head
	if old and string.sub(old, 5, 12) == ARGV[1] then
		head = advanced(old, over)
	else
		head = MAGIC .. ARGV[1] .. ARGV[2 + i]
		if quarantine > 0 then
			fences = standing(old or NEW, now, NOBODY) .. fence(NOBODY, now + quarantine)
		end
	end
	values[i] = head .. fences
	if values[i] ~= old then
		local err = put(key, values[i])
		if err then
			return err
		end
	end
end
return values
