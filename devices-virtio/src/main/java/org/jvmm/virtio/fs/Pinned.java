package org.jvmm.virtio.fs;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A descriptor of the host that a guest names by number. The guest may give it up in one queue while another queue's request uses it, so whoever uses it
 * holds a pin; the descriptor is closed with the last one. Else its number could already be another file.
 */
abstract class Pinned {
    private static final AtomicIntegerFieldUpdater<Pinned> PINS = AtomicIntegerFieldUpdater.newUpdater(Pinned.class, "pins");

    /** What the guest calls it; set by the table. */
    long id;
    private final int fd;
    // The table's own pin is the first.
    private volatile int pins = 1;

    Pinned(int fd) {
        this.fd = fd;
    }

    /** The descriptor; valid while pinned. */
    final int fd() {
        return fd;
    }

    /** Takes a pin; false when it is closed already. */
    final boolean pin() {
        for (int seen = pins; seen > 0; seen = pins) {
            if (PINS.compareAndSet(this, seen, seen + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Gives a pin back; the last closes. */
    final void unpin(HostFiles host) {
        if (PINS.decrementAndGet(this) == 0) {
            dispose(host);
        }
    }

    /** Closes what it holds. */
    void dispose(HostFiles host) {
        host.close(fd);
    }
}
