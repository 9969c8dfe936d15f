package org.jvmm.vmm.cli;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Signals to this process. The JDK has no other way to catch them than sun.misc.Signal, which it supports (module jdk.unsupported) but whose use it will not
 * compile without a warning that no option turns off; hence by reflection.
 */
final class HostSignals {
    private static final Constructor<?> SIGNAL;
    private static final Method HANDLE;
    private static final Class<?> HANDLER;

    static {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            HANDLER = Class.forName("sun.misc.SignalHandler");
            SIGNAL = signal.getConstructor(String.class);
            HANDLE = signal.getMethod("handle", signal, HANDLER);
            // The first proxy of an interface makes its class, and the first call makes the way to it: both take milliseconds. What a signal that is
            // ignored anyway does is no change.
            catchSignal("URG", () -> {});
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("This JDK has no signal handling", e);
        }
    }

    private HostSignals() {}

    /** Makes the next calls quick. */
    static void prepare() {}

    /**
     * Replaces what a signal does.
     *
     * @param name without SIG
     * @param action run on a thread of the JVM's
     */
    static void handle(String name, Runnable action) {
        try {
            catchSignal(name, action);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("This JDK has no signal handling", e);
        }
    }

    private static void catchSignal(String name, Runnable action) throws ReflectiveOperationException {
        Object proxy = Proxy.newProxyInstance(HANDLER.getClassLoader(), new Class<?>[] { HANDLER }, new Action(action));
        HANDLE.invoke(null, SIGNAL.newInstance(name), proxy);
    }

    /** The proxy's one method that matters is {@code handle(Signal)}. */
    private record Action(Runnable action) implements InvocationHandler {
        @Override
        public Object invoke(Object self, Method method, Object[] arguments) {
            if (method.getName().equals("handle")) {
                action.run();
            }
            return null;
        }
    }
}
