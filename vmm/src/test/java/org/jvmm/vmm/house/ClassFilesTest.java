package org.jvmm.vmm.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Rules that only compiled classes show. */
class ClassFilesTest {
    /** HotSpot never compiles a method of 8,000 bytecodes or more (HugeMethodLimit); this leaves room for what a change adds. */
    private static final int MAX_BYTECODES = 7500;

    private final Map<String, List<ClassModel>> modules = House.classes();

    @Test
    void everyModuleIsHere() {
        assertThat(modules.values()).hasSize(7).allSatisfy(classes -> assertThat(classes).hasSizeGreaterThan(5));
    }

    @Test
    void noMethodIsTooLargeToBeCompiled() {
        List<String> large = new ArrayList<>();
        int largest = 0;
        for (List<ClassModel> classes : modules.values()) {
            for (ClassModel model : classes) {
                for (MethodModel method : model.methods()) {
                    int length = method.findAttribute(Attributes.code()).map(code -> code.codeLength()).orElse(0);
                    largest = Math.max(largest, length);
                    if (length > MAX_BYTECODES) {
                        large.add(model.thisClass().asInternalName() + "." + method.methodName() + " has " + length);
                    }
                }
            }
        }
        assertThat(large).isEmpty();
        assertThat(largest).as("the largest method was seen").isPositive();
    }

    @Test
    void theForeignLinkerAppearsInOneClass() {
        Set<String> users = new TreeSet<>();
        for (List<ClassModel> classes : modules.values()) {
            for (ClassModel model : classes) {
                if (references(model).stream()
                        .anyMatch(name -> name.equals("java/lang/foreign/Linker") || name.startsWith("java/lang/foreign/Linker$"))) {
                    users.add(model.thisClass().asInternalName());
                }
            }
        }
        assertThat(users).containsExactly("org/jvmm/kvm/sys/FfmSyscalls");
    }

    @Test
    void theJdksInternalsAreUsedByFiveClasses() {
        Set<String> users = new TreeSet<>();
        for (List<ClassModel> classes : modules.values()) {
            for (ClassModel model : classes) {
                if (references(model).stream().anyMatch(name -> name.startsWith("jdk/internal/") || name.equals("sun/misc/Unsafe"))) {
                    users.add(model.thisClass().asInternalName());
                }
            }
        }
        assertThat(users).containsExactly("org/jvmm/core/host/NativeMemory", "org/jvmm/cpu/mmu/HostMemory", "org/jvmm/cpu/mmu/Words",
                "org/jvmm/kvm/sys/DirectSyscalls", "org/jvmm/vmm/cli/HostSignals");
    }

    /** Names of the classes that a class mentions, also in the types of its members and calls. */
    static Set<String> references(ClassModel model) {
        Set<String> names = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry type) {
                add(names, type.asInternalName());
            } else if (entry instanceof java.lang.classfile.constantpool.NameAndTypeEntry member) {
                add(names, member.type().stringValue());
            }
        }
        model.fields().forEach(field -> add(names, field.fieldType().stringValue()));
        model.methods().forEach(method -> add(names, method.methodType().stringValue()));
        return names;
    }

    /** Takes an internal name, or all names of a descriptor. */
    private static void add(Set<String> names, String text) {
        if (text.indexOf(';') < 0 && text.indexOf('(') < 0) {
            names.add(text);
            return;
        }
        for (int at = text.indexOf('L'); at >= 0; at = text.indexOf('L', text.indexOf(';', at))) {
            names.add(text.substring(at + 1, text.indexOf(';', at)));
        }
    }
}
