// Package redisstore is a store in Redis: see [New].
package redisstore
