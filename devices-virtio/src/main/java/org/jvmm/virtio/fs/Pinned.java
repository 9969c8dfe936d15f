package org.jvmm.virtio.fs;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A descriptor of the host that a guest names by number. The guest may give it up in one queue while another queue's request uses it, so whoever uses it
 * holds a pin; the descriptor is closed with the last one. Else its number could already be another file. What can be opened again may sleep without one.
 */
abstract class Pinned {
    private static final AtomicIntegerFieldUpdater<Pinned> PINS = AtomicIntegerFieldUpdater.newUpdater(Pinned.class, "pins");

    private static final int ASLEEP = -1;
    private static final int NO_FD = -1;

    /** What the guest calls it; set by the table. */
    long id;
    // Written only where nobody has a pin but the writer.
    private int fd;
    // The table's own pin is the first. ASLEEP: it is the only one, and there is no descriptor.
    private volatile int pins = 1;

    Pinned(int fd) {
        this.fd = fd;
    }

    /** The descriptor; valid while pinned. */
    final int fd() {
        return fd;
    }

    /** Takes a pin; false when it is closed already, or asleep. */
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

    /** Gives the table's pin back. */
    void drop(HostFiles host) {
        unpin(host);
    }

    final boolean hasDescriptor() {
        return fd != NO_FD;
    }

    /** Whether it will never be pinned again. */
    final boolean isClosed() {
        return pins == 0;
    }

    /** Whether its descriptor is closed, and it can be had again. */
    final boolean isAsleep() {
        return pins == ASLEEP;
    }

    /** Closes the descriptor, if nobody but the table has a pin; returns whether so. This, {@link #wakeUp} and {@link #die} exclude each other by their callers. */
    final boolean fallAsleep(HostFiles host) {
        if (!PINS.compareAndSet(this, 1, ASLEEP)) {
            return false;
        }
        host.close(fd);
        fd = NO_FD;
        return true;
    }

    /** Gives a sleeper a descriptor, and the caller a pin. */
    final void wakeUp(int newFd) {
        fd = newFd;
        pins = 2;
    }

    /** Ends a sleeper. */
    final void die(HostFiles host) {
        pins = 0;
        dispose(host);
    }

    /** Closes what it holds. */
    void dispose(HostFiles host) {
        if (hasDescriptor()) {
            host.close(fd);
        }
    }
}
