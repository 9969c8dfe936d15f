package org.jvmm.vmm.cli;

import java.net.URI;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The class path for a process of its own, also under runners that load classes by a loader of theirs. */
public final class ClassPath {
    private static final List<String> MEMBERS = List.of("org.jvmm.vmm.Machine", "org.jvmm.boot.BootLoader", "org.jvmm.core.bus.Bus",
            "org.jvmm.cpu.SoftHypervisor", "org.jvmm.device.serial.Serial16550", "org.jvmm.virtio.queue.VirtQueue",
            "org.jvmm.kvm.sys.FfmSyscalls",
            "picocli.CommandLine");

    private ClassPath() {}

    /** The launcher's options for the JVM, as a word of its command line. */
    public static String options() {
        return "@" + Path.of(System.getProperty("jvmm.top", ".."), "vmm/src/main/jvm/options").toAbsolutePath().normalize();
    }

    /** The class path of the running tests. */
    public static String text() {
        Set<String> places = new LinkedHashSet<>();
        for (String member : MEMBERS) {
            try {
                CodeSource source = Class.forName(member, false, ClassPath.class.getClassLoader()).getProtectionDomain().getCodeSource();
                places.add(Path.of(URI.create(source.getLocation().toString())).toString());
            } catch (ClassNotFoundException e) {
                throw new AssertionError(member, e);
            }
        }
        places.add(System.getProperty("java.class.path"));
        return String.join(":", places);
    }
}
