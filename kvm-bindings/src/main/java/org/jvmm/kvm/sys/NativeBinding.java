package org.jvmm.kvm.sys;

import org.jvmm.core.host.LinuxSyscalls;

/**
 * Chooses what binds system calls: the foreign-function API, by its stub alone where that can be had, or JNA with {@code -Djvmm.native=jna}. The only place where modules get their
 * {@link LinuxSyscalls} from.
 */
public final class NativeBinding {
    /** System property: {@code ffm} (the default), {@code linker} (the same, but never by {@link DirectSyscalls}), or {@code jna}. */
    public static final String PROPERTY = "jvmm.native";

    private NativeBinding() {}

    /**
     * An instance for one thread, of the binding that the property names.
     *
     * @throws NativeAccessException when that binding cannot be had; the message says what to do
     */
    public static LinuxSyscalls newSyscalls() {
        String name = name();
        if (name.equals("ffm")) {
            return DirectSyscalls.available() ? new DirectSyscalls() : new FfmSyscalls();
        }
        if (name.equals("linker")) {
            return new FfmSyscalls();
        }
        if (!name.equals("jna")) {
            throw new NativeAccessException(
                    "There is no native binding '" + name + "': -D" + PROPERTY + "=ffm, =linker and =jna are possible", null);
        }
        try {
            return new JnaSyscalls();
        } catch (LinkageError e) {
            throw new NativeAccessException("JNA is not on the class path, or cannot load its library (" + e.getMessage()
                    + "): add net.java.dev.jna:jna-jpms, or leave -D" + PROPERTY + " out", e);
        }
    }

    /** The binding that was asked for: {@code ffm}, {@code linker} or {@code jna}. */
    public static String name() {
        return System.getProperty(PROPERTY, "ffm");
    }
}
