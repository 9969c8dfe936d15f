package org.jvmm.vmm.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrows go down only: engines, devices and the loader know vm-core and nobody else, and one class chooses the engine. */
class ModuleArrowsTest {
    private static final Map<String, String> PACKAGES = Map.of("vm-core", "org/jvmm/core/", "kvm-bindings", "org/jvmm/kvm/", "cpu-emulator",
            "org/jvmm/cpu/", "devices-legacy", "org/jvmm/device/", "devices-virtio", "org/jvmm/virtio/", "boot-loader", "org/jvmm/boot/",
            "vmm",
            "org/jvmm/vmm/");

    private final Map<String, List<ClassModel>> modules = House.classes();

    @ParameterizedTest
    @ValueSource(strings = { "vm-core", "kvm-bindings", "cpu-emulator", "devices-legacy", "devices-virtio", "boot-loader" })
    void modulesBelowVmmRequireNothingButTheCore(String module) throws IOException {
        List<String> required = Files.readAllLines(House.TOP.resolve(module + "/src/main/java/module-info.java")).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("requires ")).map(line -> line.substring(line.lastIndexOf(' ') + 1)).toList();
        // JNA is optional (requires static): a second binding of the system calls.
        List<String> allowed = switch (module) {
            case "vm-core" -> List.of();
            case "kvm-bindings" -> List.of("org.jvmm.core;", "com.sun.jna;");
            case "devices-virtio" -> List.of("org.jvmm.core;", "io.netty.buffer;", "io.netty.common;");
            default -> List.of("org.jvmm.core;");
        };
        assertThat(allowed).containsAll(required);
    }

    @ParameterizedTest
    @ValueSource(strings = { "vm-core", "kvm-bindings", "cpu-emulator", "devices-legacy", "devices-virtio", "boot-loader" })
    void classesBelowVmmMentionNoOtherModule(String module) {
        TreeSet<String> arrows = new TreeSet<>();
        for (ClassModel model : modules.get(module)) {
            for (String name : ClassFilesTest.references(model)) {
                if (name.startsWith("org/jvmm/") && !name.startsWith(PACKAGES.get(module)) && !name.startsWith("org/jvmm/core/")) {
                    arrows.add(model.thisClass().asInternalName() + " -> " + name);
                }
            }
        }
        assertThat(arrows).isEmpty();
    }

    @Test
    void oneClassChoosesTheEngine() {
        TreeSet<String> users = new TreeSet<>();
        for (ClassModel model : modules.get("vmm")) {
            if (ClassFilesTest.references(model).stream().anyMatch(name -> name.startsWith("org/jvmm/cpu/"))) {
                users.add(model.thisClass().asInternalName());
            }
        }
        assertThat(users).containsExactly("org/jvmm/vmm/Hypervisors");
    }
}
