package org.jvmm.kvm.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every offset, size, request number, capability and constant of this package against the system's kernel headers, by a C program made from them. */
class KernelHeaderTest {
    private static final List<Class<?>> STRUCTS = List.of(EpollEvent.class, Itimerspec.class, KvmClearDirtyLog.class, KvmClockData.class,
            KvmCoalescedMmio.class, KvmCoalescedMmioRing.class, KvmCoalescedMmioZone.class, KvmCpuid2.class, KvmCpuidEntry2.class,
            KvmCreateDevice.class, KvmCreateGuestMemfd.class, KvmDebugExitArch.class, KvmDebugregs.class, KvmDeviceAttr.class,
            KvmDirtyGfn.class, KvmDirtyLog.class, KvmDtable.class, KvmEnableCap.class, KvmFpu.class, KvmGuestDebug.class,
            KvmInterrupt.class, KvmIoapicState.class, KvmIoeventfd.class, KvmIrqLevel.class, KvmIrqRouting.class,
            KvmIrqRoutingEntry.class, KvmIrqchip.class, KvmIrqfd.class, KvmLapicState.class, KvmMemoryAttributes.class, KvmMpState.class,
            KvmMsi.class, KvmMsrEntry.class, KvmMsrFilter.class, KvmMsrFilterRange.class, KvmMsrList.class, KvmMsrs.class, KvmOneReg.class,
            KvmPicState.class, KvmPitChannelState.class, KvmPitConfig.class, KvmPitState2.class, KvmRegs.class, KvmReinjectControl.class,
            KvmRun.class, KvmSegment.class, KvmSignalMask.class, KvmSregs.class, KvmSregs2.class, KvmStatsDesc.class,
            KvmStatsHeader.class, KvmSyncRegs.class, KvmTranslation.class, KvmUserspaceMemoryRegion.class,
            KvmUserspaceMemoryRegion2.class, KvmVcpuEvents.class, KvmX86Mce.class, KvmXcr.class, KvmXcrs.class, KvmXsave.class,
            Sigaction.class);
    private static final List<Class<?>> NUMBERS = List.of(SystemIoctl.class, VmIoctl.class, VcpuIoctl.class, DeviceIoctl.class,
            KvmConstants.class);

    /** What Linux 6.8 added; older headers do not have it. */
    private static final Set<String> NEW = Set.of("KVM_SET_USER_MEMORY_REGION2", "KVM_SET_MEMORY_ATTRIBUTES", "KVM_CREATE_GUEST_MEMFD",
            "KVM_CAP_USER_MEMORY2", "KVM_CAP_MEMORY_ATTRIBUTES", "KVM_CAP_GUEST_MEMFD", "KVM_CAP_VM_TYPES");
    private static final Map<Class<?>, String> NEW_STRUCTS = Map.of(KvmUserspaceMemoryRegion2.class, "KVM_SET_USER_MEMORY_REGION2",
            KvmMemoryAttributes.class, "KVM_SET_MEMORY_ATTRIBUTES", KvmCreateGuestMemfd.class, "KVM_CREATE_GUEST_MEMFD");

    private static final Map<Class<?>, String> C_NAMES = Map.of(Itimerspec.class, "struct __kernel_itimerspec", KvmX86Mce.class,
            "struct kvm_x86_mce");
    /** Members of members: the constant's first part names the outer one. */
    private static final Map<Class<?>, List<String>> OUTER = Map.of(KvmRun.class,
            List.of("hw", "fail_entry", "ex", "io", "debug", "mmio", "hypercall", "tpr_access", "internal", "emulation_failure",
                    "system_event", "eoi", "msr", "notify", "s"),
            KvmVcpuEvents.class, List.of("exception", "interrupt", "nmi", "smi", "triple_fault"), KvmIrqRoutingEntry.class,
            List.of("u.irqchip", "u.msi"), KvmGuestDebug.class, List.of("arch"), Itimerspec.class, List.of("it_interval", "it_value"));
    private static final Set<String> NOT_NESTED = Set.of("exception_has_payload", "exception_payload");

    private final StringBuilder program = new StringBuilder("""
            #include <stdio.h>
            #include <stddef.h>
            #include <linux/types.h>
            #include <asm/signal.h>
            #include <linux/eventpoll.h>
            #include <linux/time_types.h>
            #include <linux/kvm.h>
            int main(void) {
            """);
    private final List<String> names = new ArrayList<>();
    private final List<Long> expected = new ArrayList<>();

    @TempDir
    Path folder;

    @Test
    void everyNumberIsTheKernelHeaders() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "there is no gcc to read the kernel's headers with");
        for (Class<?> struct : STRUCTS) {
            addStruct(struct);
        }
        for (Class<?> numbers : NUMBERS) {
            for (Field field : constants(numbers)) {
                addNumber("KVM_" + field.getName(), ((Number) field.get(null)).longValue());
            }
        }
        for (KvmCapability capability : KvmCapability.values()) {
            addNumber("KVM_CAP_" + capability.name(), capability.number());
        }
        List<String> answers = compileAndRun();
        assertThat(answers).hasSameSizeAs(names);
        List<String> wrong = new ArrayList<>();
        int compared = 0;
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i).equals("absent")) {
                assertThat(NEW).contains(names.get(i).split(" ")[0]);
            } else {
                compared++;
                if (Long.parseLong(answers.get(i)) != expected.get(i)) {
                    wrong.add(names.get(i) + " is " + answers.get(i) + ", not " + expected.get(i));
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(compared).isGreaterThan(500);
    }

    @Test
    void noStructIsForgotten() throws IOException {
        Path sources = Path.of(System.getProperty("jvmm.top"), "kvm-bindings/src/main/java/org/jvmm/kvm/abi");
        List<String> listed = new ArrayList<>();
        STRUCTS.forEach(c -> listed.add(c.getSimpleName()));
        NUMBERS.forEach(c -> listed.add(c.getSimpleName()));
        listed.addAll(List.of("IoctlNumber", "KvmCapability", "package-info"));
        try (var files = Files.list(sources)) {
            assertThat(files.map(f -> f.getFileName().toString().replace(".java", ""))).containsExactlyInAnyOrderElementsOf(listed);
        }
    }

    /** An accessor writes exactly the bytes of its member, and reads them back. */
    @Test
    void accessorsTouchTheirMemberAlone() throws Exception {
        int pairs = 0;
        for (Class<?> struct : STRUCTS) {
            for (Method setter : struct.getDeclaredMethods()) {
                if (setter.getParameterCount() != 3 || setter.isSynthetic()) {
                    continue;
                }
                Class<?> type = setter.getParameterTypes()[2];
                Method getter = struct.getMethod(setter.getName(), ByteBuffer.class, int.class);
                ByteBuffer buffer = ByteBuffer.allocate(16 + 4096).order(ByteOrder.LITTLE_ENDIAN);
                setter.invoke(null, buffer, 16, type == long.class ? (Object) (-1L) : (Object) (-1));
                int[] span = span(buffer);
                String member = snake(setter.getName());
                int offset = offsetOf(struct, member);
                assertThat(span[0]).as("%s.%s", struct.getSimpleName(), member).isEqualTo(16 + offset);
                long read = ((Number) getter.invoke(null, buffer, 16)).longValue();
                int width = span[1] - span[0];
                assertThat(read).as("%s.%s", struct.getSimpleName(), member).isEqualTo(width < 4 ? (1L << 8 * width) - 1 : -1L);
                pairs++;
            }
        }
        assertThat(pairs).isGreaterThan(200);
    }

    private static int[] span(ByteBuffer buffer) {
        int first = -1;
        int end = -1;
        for (int i = 0; i < buffer.capacity(); i++) {
            if (buffer.get(i) != 0) {
                first = first < 0 ? i : first;
                end = i + 1;
            }
        }
        return new int[] { first, end };
    }

    private static int offsetOf(Class<?> struct, String member) throws IllegalAccessException {
        for (Field field : constants(struct)) {
            String name = field.getName().equals("SIZE") ? "" : field.getName().replace("_MEMBER", "");
            if (name.replace("_", "").equalsIgnoreCase(member.replace("_", ""))) {
                return field.getInt(null);
            }
        }
        throw new AssertionError("No offset for " + struct.getSimpleName() + "." + member);
    }

    private void addStruct(Class<?> struct) throws Exception {
        String c = C_NAMES.getOrDefault(struct, "struct " + snake(struct.getSimpleName()));
        String guard = NEW_STRUCTS.get(struct);
        for (Field field : constants(struct)) {
            boolean size = field.getName().equals("SIZE");
            String member = size ? "" : member(struct, field.getName());
            add((guard == null ? "" : guard + " ") + c + " " + member, guard,
                    size ? "sizeof(" + c + ")" : "offsetof(" + c + ", " + member + ")", field.getInt(null));
            int width = size ? 0 : accessorWidth(struct, field.getName());
            if (width > 0) {
                add((guard == null ? "" : guard + " ") + c + " " + member + " width", guard, "sizeof(((" + c + " *) 0)->" + member + ")",
                        width);
            }
        }
    }

    private static int accessorWidth(Class<?> struct, String constant) throws Exception {
        for (Method method : struct.getDeclaredMethods()) {
            if (!method.isSynthetic() && method.getParameterCount() == 3
                    && method.getName().equalsIgnoreCase(constant.replace("_MEMBER", "").replace("_", ""))) {
                ByteBuffer buffer = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
                method.invoke(null, buffer, 0, method.getParameterTypes()[2] == long.class ? (Object) (-1L) : (Object) (-1));
                int[] span = span(buffer);
                return span[1] - span[0];
            }
        }
        return 0;
    }

    private void addNumber(String name, long value) {
        add(name, name, "(long long) " + name, value);
    }

    private void add(String name, String guard, String expression, long value) {
        names.add(name);
        expected.add(value);
        if (guard != null) {
            program.append("#ifdef ").append(guard).append('\n');
        }
        program.append("printf(\"%lld\\n\", (long long) ").append(expression).append(");\n");
        if (guard != null) {
            program.append("#else\nputs(\"absent\");\n#endif\n");
        }
    }

    private static String member(Class<?> struct, String constant) {
        String plain = constant.equals("SIZE_MEMBER") ? "size" : constant.toLowerCase(Locale.ROOT);
        if (!NOT_NESTED.contains(plain)) {
            for (String outer : OUTER.getOrDefault(struct, List.of())) {
                String prefix = outer.replace('.', '_') + "_";
                if (plain.startsWith(prefix)) {
                    return outer + "." + plain.substring(prefix.length());
                }
            }
        }
        return plain;
    }

    private static List<Field> constants(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType().isPrimitive() && !field.isSynthetic()
                    && Modifier.isPublic(field.getModifiers())) {
                fields.add(field);
            }
        }
        return fields;
    }

    private static String snake(String camel) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < camel.length(); i++) {
            char c = camel.charAt(i);
            if (Character.isUpperCase(c) && i > 0) {
                text.append('_');
            }
            text.append(Character.toLowerCase(c));
        }
        return text.toString();
    }

    private List<String> compileAndRun() throws Exception {
        program.append("return 0;\n}\n");
        Path source = folder.resolve("headers.c");
        Files.writeString(source, program);
        Path binary = folder.resolve("headers");
        run(List.of("/usr/bin/gcc", "-w", "-o", binary.toString(), source.toString()));
        return run(List.of(binary.toString()));
    }

    private static List<String> run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines;
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines = reader.lines().toList();
        }
        assertThat(process.waitFor()).as("%s: %s", command, lines).isZero();
        return lines;
    }
}
