// Package memcachestore is a store in memcached: see [New].
package memcachestore
