package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every offset, size, operation and flag against the system's linux/fuse.h, by a C program that prints what the compiler makes of it. */
class FuseMessageTest {
    /** Younger than 7.38; compared where the header is. */
    private static final Set<String> SINCE_39 = Set.of("StatxIn", "StatxOut", "Statx");

    @TempDir
    Path directory;

    @Test
    void layoutsAreThoseOfTheHeader() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/usr/include/linux/fuse.h")), "linux/fuse.h is not installed (linux-libc-dev)");
        List<String> expected = new ArrayList<>();
        StringBuilder program = new StringBuilder(
                "#include <stdio.h>\n#include <stddef.h>\n#include <linux/stat.h>\n#include <linux/fuse.h>\n"
                        + "#define LINE(name, value) printf(\"%s %llu\\n\", name, (unsigned long long)(value))\nint main(void) {\n");
        for (Class<?> struct : FuseMessage.class.getDeclaredClasses()) {
            program.append(SINCE_39.contains(struct.getSimpleName()) ? "#if FUSE_KERNEL_MINOR_VERSION >= 39\n" : "");
            for (Field field : constants(struct)) {
                String name = "struct fuse_" + snake(struct.getSimpleName());
                String value = field.getName().equals("SIZE")
                        ? "sizeof(" + name + ")"
                        : "offsetof(" + name + ", " + member(field.getName()) + ")";
                line(program, struct.getSimpleName() + "." + field.getName(), value);
                if (!SINCE_39.contains(struct.getSimpleName())) {
                    expected.add(struct.getSimpleName() + "." + field.getName() + " " + field.getInt(null));
                }
            }
            program.append(SINCE_39.contains(struct.getSimpleName()) ? "#endif\n" : "");
        }
        assertThat(expected).hasSizeGreaterThan(150);
        assertThat(run(program.append("return 0;\n}\n").toString())).containsAll(expected);
    }

    @Test
    void operationsAndFlagsAreThoseOfTheHeader() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/usr/include/linux/fuse.h")), "linux/fuse.h is not installed (linux-libc-dev)");
        List<String> expected = new ArrayList<>();
        StringBuilder program = new StringBuilder("#include <stdio.h>\n#include <linux/fuse.h>\n"
                + "#define LINE(name, value) printf(\"%s %llu\\n\", name, (unsigned long long)(value))\nint main(void) {\n");
        for (Field field : constants(FuseOpcode.class)) {
            if (field.getInt(null) <= FuseOpcode.TMPFILE) {
                line(program, field.getName(), "FUSE_" + field.getName());
                expected.add(field.getName() + " " + field.getInt(null));
            }
        }
        String header = Files.readString(Path.of("/usr/include/linux/fuse.h"));
        for (Field field : constants(FuseFlags.class)) {
            String macro = field.getName().matches("(FOPEN|FATTR)_.*") ? field.getName() : "FUSE_" + field.getName();
            if (header.contains("#define " + macro)) {
                // Some macros are shifts of an int.
                line(program, macro, "(" + macro + ") & 0xFFFFFFFFFFull");
                expected.add(macro + " " + ((Number) field.get(null)).longValue());
            }
        }
        assertThat(expected).hasSizeGreaterThan(80);
        assertThat(run(program.append("return 0;\n}\n").toString())).containsAll(expected);
    }

    @Test
    void statxIsThatOfTheHeader() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/usr/include/linux/stat.h")), "linux/stat.h is not installed (linux-libc-dev)");
        String[] names = { "MASK", "BLKSIZE", "NLINK", "UID", "GID", "MODE", "INO", "FILE_SIZE", "BLOCKS", "ATIME", "BTIME", "CTIME",
            "MTIME",
            "RDEV_MAJOR", "RDEV_MINOR", "DEV_MAJOR", "DEV_MINOR", "MNT_ID" };
        List<String> expected = new ArrayList<>();
        StringBuilder program = new StringBuilder("#include <stdio.h>\n#include <stddef.h>\n#include <linux/stat.h>\n"
                + "#define LINE(name, value) printf(\"%s %llu\\n\", name, (unsigned long long)(value))\nint main(void) {\n");
        for (String name : names) {
            line(program, name, "offsetof(struct statx, stx_" + member(name.replace("FILE_", "")) + ")");
            expected.add(name + " " + HostStat.class.getDeclaredField(name).getInt(null));
        }
        line(program, "SIZE", "sizeof(struct statx)");
        expected.add("SIZE " + HostStat.SIZE);
        assertThat(run(program.append("return 0;\n}\n").toString())).containsExactlyElementsOf(expected);
    }

    private static void line(StringBuilder program, String name, String value) {
        program.append("LINE(\"").append(name).append("\", ").append(value).append(");\n");
    }

    private static List<Field> constants(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && !Modifier.isPrivate(field.getModifiers()) && field.getType().isPrimitive()) {
                fields.add(field);
            }
        }
        return fields;
    }

    private static String snake(String name) {
        return name.replaceAll("(?<!^)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static String member(String constant) {
        String name = constant.toLowerCase(Locale.ROOT);
        return name.endsWith("_") ? name.substring(0, name.length() - 1) : name;
    }

    private List<String> run(String program) throws IOException, InterruptedException {
        Path source = Files.writeString(directory.resolve("layout.c"), program);
        Path binary = directory.resolve("layout");
        Process compiler;
        try {
            compiler = new ProcessBuilder("cc", "-w", "-o", binary.toString(), source.toString()).redirectErrorStream(true).start();
        } catch (IOException e) {
            Assumptions.abort("There is no C compiler: " + e.getMessage());
            throw e;
        }
        String complaint = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(compiler.waitFor()).as(complaint).isZero();
        Process printer = new ProcessBuilder(binary.toString()).start();
        List<String> lines = new String(printer.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        assertThat(printer.waitFor()).isZero();
        return lines;
    }
}
