package org.jvmm.virtio.fs;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * Requests that wait for a lock. A blocking call could not be ended when the guest interrupts the request or resets the device, so a thread of its own
 * tries again: at once when the guest gives a lock up, else in growing intervals, since nobody tells of the host's locks.
 */
final class LockWaiters {
    /** Most requests that wait; more are refused with ENOLCK. */
    static final int MAX = 1024;
    private static final int FIRST_MILLIS = 1;
    private static final int LAST_MILLIS = 64;

    private final Supplier<LinuxSyscalls> syscalls;
    private final FuseCompletion completion;
    private RecordLocks locks;
    // Guarded by this. Lock order: this, then an inode, then what the completion takes.
    private final List<LockRequest> parked = new ArrayList<>();
    private Thread thread;
    private FuseReply reply;
    private HostFiles host;
    private boolean closed;
    private boolean woken;
    private volatile boolean any;

    LockWaiters(Supplier<LinuxSyscalls> syscalls, FuseCompletion completion) {
        this.syscalls = syscalls;
        this.completion = completion;
    }

    void locks(RecordLocks value) {
        locks = value;
    }

    /** Takes a request over with the pins of its inode and file; false when there are too many. */
    synchronized boolean park(LockRequest request) {
        if (closed || parked.size() >= MAX) {
            return false;
        }
        parked.add(request);
        any = true;
        woken = true;
        if (thread == null) {
            thread = new Thread(this::run, "fs-locks");
            thread.setDaemon(true);
            thread.start();
        }
        notifyAll();
        return true;
    }

    /** A lock was given up. */
    void wake() {
        if (any) {
            synchronized (this) {
                woken = true;
                notifyAll();
            }
        }
    }

    /** Answers a request with EINTR if it waits here. */
    synchronized void interrupt(HostFiles caller, long unique) {
        for (int i = 0; i < parked.size(); i++) {
            LockRequest request = parked.get(i);
            if (request.unique() == unique) {
                parked.remove(i);
                finish(caller, request, Errno.EINTR);
                return;
            }
        }
    }

    /** Answers all with EINTR. */
    synchronized void interruptAll(HostFiles caller) {
        for (LockRequest request : parked) {
            finish(caller, request, Errno.EINTR);
        }
        parked.clear();
        any = false;
    }

    /** Drops all requests without an answer; none is answered after this. */
    synchronized void clear(HostFiles caller) {
        for (LockRequest request : parked) {
            unpin(caller, request);
        }
        parked.clear();
        any = false;
    }

    /** Ends the thread. */
    synchronized void close(HostFiles caller) {
        clear(caller);
        closed = true;
        notifyAll();
    }

    private synchronized void run() {
        host = new HostFiles(syscalls.get(), false);
        int pause = FIRST_MILLIS;
        while (!closed) {
            pause = woken ? FIRST_MILLIS : Math.min(2 * pause, LAST_MILLIS);
            woken = false;
            for (int i = 0; i < parked.size();) {
                LockRequest request = parked.get(i);
                long result = locks.attempt(host, request);
                if (result == -Errno.EAGAIN) {
                    i++;
                } else {
                    parked.remove(i);
                    finish(host, request, (int) -Math.min(result, 0));
                }
            }
            any = !parked.isEmpty();
            if (!woken && !closed) {
                pause(parked.isEmpty() ? 0 : pause);
            }
        }
    }

    private void pause(int millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            // Nobody interrupts this thread but a runtime that ends.
            closed = true;
        }
    }

    private void finish(HostFiles caller, LockRequest request, int error) {
        if (reply == null) {
            reply = new FuseReply();
        }
        int written = reply.send(request.buffers(), request.unique(), error, 0, 0);
        unpin(caller, request);
        completion.complete(request.buffers(), written);
    }

    private static void unpin(HostFiles caller, LockRequest request) {
        request.file().unpin(caller);
        request.inode().unpin(caller);
    }
}
