package redisstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// An incarnation names one continuous life of a server's data: the process, and
// its time as a master. A server that was restarted has another one, and so has a
// replica that was promoted, and a master that was demoted and promoted again. The
// zero value is none of them.
//
// It is what keeps a server that went back in time from serving stale rows:
//
//	1: reader: load orders     generation 7, saves rows under it
//	2: server: writes its snapshot
//	3: writer: COMMIT, lift    7 -> 8
//	4: server: is killed, and restarts with the snapshot of step 2
//	5: reader: load orders     generation 7, and the rows of step 1
//
// Every tag carries the incarnation of the server that began its generation. In
// step 5 the server is another one than the tag says, and the generation is begun
// anew. A replica that was promoted before it had received step 3 is the same case.
//
// What a server is now, INFO tells. It is not asked for every load: a connection
// does not outlive the process at its other end, so nothing can have changed as
// long as no connection was made since the server was asked.
//
// INVARIANT: a load takes a generation for current only if the server that
// answered had the incarnation the tag carries. Two sightings of the same
// incarnation, one before the load and one after it, prove it for the time
// between, because none ever comes back; and a sighting goes on to hold until the
// next connection is made.
type incarnation [8]byte

// A sighting is what INFO told when a number of connections had been made.
type sighting struct {
	incarnation incarnation
	dials       uint64
}

var (
	errReplica = errors.New("connected to a replica, whose data lags behind: want the master")
	errNoRunID = errors.New("INFO names no run_id: what restarts behind it cannot be told")
)

// current returns the last sighting if it still holds, otherwise nil.
func (n *node) current() *sighting {
	s := n.known.Load()
	if s == nil || s.dials != n.dials.Load() {
		return nil
	}
	return s
}

// look asks the server what it is. The connections are counted before, so that one
// that is made meanwhile, maybe to the next incarnation, ends the sighting.
func (n *node) look(ctx context.Context) (*sighting, error) {
	s := &sighting{dials: n.dials.Load()}
	var server, replication *redis.StringCmd
	_, err := n.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		server, replication = p.Info(ctx, "server"), p.Info(ctx, "replication")
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ask the server what it is: %w", err)
	}
	runID, replID := infoField(server.Val(), "run_id"), infoField(replication.Val(), "master_replid")
	switch {
	case infoField(replication.Val(), "role") == "slave":
		return nil, errReplica
	case runID == "":
		return nil, errNoRunID
	}
	sum := sha256.Sum256([]byte(runID + " " + replID))
	copy(s.incarnation[:], sum[:])
	n.known.Store(s)
	return s, nil
}

// infoField returns what INFO's reply says of a field, "" if nothing.
func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if field, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); field == name {
			return value
		}
	}
	return ""
}

// errAgain says that a command has to be sent again.
var errAgain = errors.New("the server did not stay the same for the length of a command")

// witness returns the incarnation that the server which answered c had from before
// c was sent until after. It is errAgain if it had more than one.
func (c *command) witness(ctx context.Context) (incarnation, error) {
	after := c.node.current()
	if after == nil {
		var err error
		if after, err = c.node.look(ctx); err != nil {
			return incarnation{}, err
		}
	}
	if after.incarnation != c.began.incarnation {
		return incarnation{}, errAgain
	}
	return after.incarnation, nil
}
