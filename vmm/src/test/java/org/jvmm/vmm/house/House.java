package org.jvmm.vmm.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The compiled classes of every module, read as files. */
final class House {
    /** One class of each module, to find the module by. */
    private static final Map<String, String> MEMBERS = Map.of("vm-core", "org.jvmm.core.bus.Bus", "kvm-bindings",
            "org.jvmm.kvm.sys.FfmSyscalls",
            "cpu-emulator", "org.jvmm.cpu.SoftHypervisor", "devices-legacy", "org.jvmm.device.serial.Serial16550", "devices-virtio",
            "org.jvmm.virtio.queue.VirtQueue", "boot-loader", "org.jvmm.boot.BootLoader", "vmm", "org.jvmm.vmm.Machine");

    /** The top of the source tree. */
    static final Path TOP = Path.of(System.getProperty("jvmm.top", "..")).toAbsolutePath().normalize();

    private House() {}

    /** All classes by module. */
    static Map<String, List<ClassModel>> classes() {
        Map<String, List<ClassModel>> all = new LinkedHashMap<>();
        MEMBERS.forEach((module, member) -> all.put(module, classes(member)));
        return all;
    }

    private static List<ClassModel> classes(String member) {
        try {
            // A jar in a whole build, a folder in a build of this module alone.
            Path place = Path
                    .of(Class.forName(member, false, House.class.getClassLoader()).getProtectionDomain().getCodeSource().getLocation()
                            .toURI());
            if (Files.isDirectory(place)) {
                return read(place);
            }
            try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + place.toUri()), Map.of())) {
                return read(jar.getPath("/"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ClassNotFoundException | URISyntaxException e) {
            throw new AssertionError(member, e);
        }
    }

    private static List<ClassModel> read(Path root) throws IOException {
        List<ClassModel> models = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.toString();
                if (name.endsWith(".class") && !name.endsWith("module-info.class")) {
                    models.add(ClassFile.of().parse(Files.readAllBytes(file)));
                }
            }
        }
        return models;
    }
}
