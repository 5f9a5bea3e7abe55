-- What every script begins with: how a tag is kept.
--
-- A tag is one string, so that one GET sees its state at one instant. All integers
-- are little-endian:
--
--   "gjt1"         4 bytes
--   incarnation    8        of the server where the generation was begun; zeros: nowhere yet
--   generation     8
--   fences        24 each   the writer's token (16), the end of its lease (8) in
--                           microseconds of the server's clock
--
-- Programs of different versions share tags: a later version has to read this one.
local MAGIC, HEAD, FENCE = 'gjt1', 20, 24
local NEW = MAGIC .. string.rep('\0', 16)

local function clock()
	local t = redis.call('TIME')
	return t[1] * 1000000 + t[2]
end

-- read returns the value of a tag, nil where there is none. What something else
-- wrote there is none, whatever its type.
local function read(key)
	local v = redis.pcall('GET', key)
	if type(v) == 'string' and #v >= HEAD and (#v - HEAD) % FENCE == 0 and string.sub(v, 1, 4) == MAGIC then
		return v
	end
	return nil
end

-- standing returns v's fences, less those whose lease ran out and that of the
-- writer, and how many leases ran out.
local function standing(v, now, writer)
	local fences, over = {}, 0
	for i = HEAD + 1, #v, FENCE do
		if struct.unpack('<I8', v, i + 16) <= now then
			over = over + 1
		elseif string.sub(v, i, i + 15) ~= writer then
			fences[#fences + 1] = string.sub(v, i, i + FENCE - 1)
		end
	end
	return table.concat(fences), over
end

local function fence(writer, ends)
	return writer .. struct.pack('<I8', ends)
end

-- advanced returns v's head with its generation n further. Lua's numbers hold 53
-- bits, hence the halves.
local function advanced(v, n)
	local low, high = struct.unpack('<I4I4', v, 13)
	low = low + n
	high = (high + math.floor(low / 4294967296)) % 4294967296
	return string.sub(v, 1, 12) .. struct.pack('<I4I4', low % 4294967296, high)
end

-- put keeps a tag and returns nil, or the error. When memory is full and nothing
-- can be evicted, a tag without fences is deleted instead: its generation will be
-- begun anew, which is as good as any advance, and a lift gets through.
local function put(key, v)
	local reply = redis.pcall('SET', key, v)
	if not reply.err then
		return nil
	end
	if #v == HEAD then
		redis.call('DEL', key)
	end
	return reply
end
