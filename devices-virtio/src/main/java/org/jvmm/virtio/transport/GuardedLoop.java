package org.jvmm.virtio.transport;

import java.nio.channels.SelectableChannel;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.event.Notifier;
import org.jvmm.virtio.device.DeviceContext;

/** The loop as a device sees it: a ring that turns out broken in a task or a channel's handler is the guest's fault there too, not a mistake of this program. */
final class GuardedLoop implements EventLoop {
    private final EventLoop loop;
    private DeviceContext context;

    GuardedLoop(EventLoop loop) {
        this.loop = loop;
    }

    void context(DeviceContext newContext) {
        context = newContext;
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(() -> context.run(task));
    }

    @Override
    public Notifier newNotifier(Runnable handler) {
        return loop.newNotifier(() -> context.run(handler));
    }

    @Override
    public Registration register(SelectableChannel channel, int ops, ReadyHandler handler) {
        return loop.register(channel, ops, ready -> context.run(() -> handler.ready(ready)));
    }

    @Override
    public boolean inLoop() {
        return loop.inLoop();
    }
}
