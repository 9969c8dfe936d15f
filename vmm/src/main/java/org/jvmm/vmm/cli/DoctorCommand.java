package org.jvmm.vmm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jvmm.vmm.Accel;
import org.jvmm.vmm.EngineChoice;
import org.jvmm.vmm.Hypervisors;
import org.jvmm.vmm.host.Artifacts;
import org.jvmm.vmm.host.KvmDevice;
import org.jvmm.vmm.host.KvmFacts;

/** {@code jvmm doctor}: what this host offers, what jvmm would do with it, and what is missing. The output is a flat list, so JSON needs no library. */
final class DoctorCommand {
    private final boolean json;

    DoctorCommand(ParsedLine line) {
        this.json = line.has("--json");
    }

    int execute() {
        Map<String, String> facts = facts();
        StringBuilder text = new StringBuilder();
        if (json) {
            text.append("{\n");
            int left = facts.size();
            for (Map.Entry<String, String> fact : facts.entrySet()) {
                text.append("  ").append(quote(fact.getKey())).append(": ").append(quote(fact.getValue()))
                        .append(--left > 0 ? ",\n" : "\n");
            }
            text.append("}\n");
        } else {
            for (Map.Entry<String, String> fact : facts.entrySet()) {
                text.append(fact.getKey()).append(" ".repeat(Math.max(1, 14 - fact.getKey().length()))).append(fact.getValue())
                        .append('\n');
            }
        }
        System.out.print(text);
        return ExitCode.OK;
    }

    private static Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        Artifacts artifacts = Artifacts.ofEnvironment();
        facts.put("version", Version.TEXT);
        facts.put("jdk",
                System.getProperty("java.vendor.version", "") + " " + Runtime.version() + " in " + System.getProperty("java.home"));
        KvmDevice kvm = KvmDevice.probe();
        facts.put("kvm", kvm.key());
        facts.putAll(KvmFacts.collect());
        EngineChoice choice = Hypervisors.choose(Accel.AUTO);
        facts.put("engine", choice.engine());
        facts.put("engine_why", choice.why());
        facts.put("cache", artifacts.cache().toString());
        facts.put("kernel", describe(artifacts.kernel()));
        facts.put("initramfs", describe(artifacts.initramfs()));
        facts.put("to_do", toDo(artifacts));
        return facts;
    }

    private static String describe(Path file) {
        try {
            return file + " (" + (Files.size(file) + (1 << 19) >> 20) + " MiB)";
        } catch (IOException e) {
            return file + " (missing)";
        }
    }

    private static String toDo(Artifacts artifacts) {
        boolean kernel = Files.isRegularFile(artifacts.kernel());
        boolean initramfs = Files.isRegularFile(artifacts.initramfs());
        if (kernel && initramfs) {
            return "nothing: ./jvmm run -- uname -a works";
        }
        return "run ./jvmm run -- uname -a, which builds " + (kernel ? "the guest's file system" : initramfs ? "the kernel" : "both");
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < 0x20) {
                String hex = Integer.toHexString(c);
                quoted.append("\\u").append("0000", 0, 4 - hex.length()).append(hex);
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
