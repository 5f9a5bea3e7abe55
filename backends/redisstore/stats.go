package redisstore

import "sync/atomic"

type counters struct {
	settled, foreign, outlived atomic.Uint64
}
