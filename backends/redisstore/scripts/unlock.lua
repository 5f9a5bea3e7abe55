-- Gives up a lock for whoever holds it.
--
-- KEYS: lock
-- ARGV: the holder's token
if redis.call('GET', KEYS[1]) == ARGV[1] then
	redis.call('DEL', KEYS[1])
end
return 1
