package org.jvmm.vmm;

import java.util.ArrayDeque;

/** Things to give back, last taken first. */
final class Disposal implements AutoCloseable {
    private final ArrayDeque<Runnable> actions = new ArrayDeque<>();

    Disposal() {}

    /** Adds something; it will be given back before all that was added earlier. */
    synchronized void add(Runnable action) {
        actions.push(action);
    }

    /** Gives everything back, also when one of the actions throws; the first exception is thrown at the end. */
    @Override
    public void close() {
        RuntimeException first = null;
        for (Runnable action = next(); action != null; action = next()) {
            try {
                action.run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private synchronized Runnable next() {
        return actions.poll();
    }
}
