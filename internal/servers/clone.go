package servers

import (
	"errors"
	"syscall"
)

// Clone returns a copy of the server, with all that is in its databases, on another
// port. The two have the same system identifier, as a copy that pg_basebackup made. The
// server restarts for it.
func (p *Postgres) Clone() (*Postgres, error) {
	if err := p.child.stop(syscall.Signal(Fast)); err != nil {
		return nil, err
	}
	clone, err := p.copy()
	return clone, errors.Join(err, p.serve())
}

// copy makes a server of the files of one that is stopped, and runs it.
func (p *Postgres) copy() (*Postgres, error) {
	child, err := newChild("QUIT")
	if err != nil {
		return nil, err
	}
	clone := &Postgres{bin: p.bin, child: child}
	if err := child.run("cp", "-R", p.dataDir(), child.dir); err != nil {
		return nil, errors.Join(err, child.close())
	}
	if err := onFreePort(clone.listen); err != nil {
		return nil, errors.Join(err, child.close())
	}
	return clone, nil
}
