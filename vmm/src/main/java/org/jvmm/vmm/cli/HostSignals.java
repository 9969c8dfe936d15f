package org.jvmm.vmm.cli;

import java.lang.reflect.Proxy;

/**
 * Signals to this process. The JDK has no other way to catch them than sun.misc.Signal, which it supports (module jdk.unsupported) but whose use it will not
 * compile without a warning that no option turns off; hence by reflection.
 */
final class HostSignals {
    private HostSignals() {}

    /**
     * Replaces what a signal does.
     *
     * @param name without SIG
     * @param action run on a thread of the JVM's
     */
    static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] { handler }, (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    action.run();
                }
                return null;
            });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("This JDK has no signal handling", e);
        }
    }
}
