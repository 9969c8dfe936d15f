package org.jvmm.vmm.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher calls, in a tree of its own with a java and a mvn that only say how they were called. */
class LauncherTest {
    private static final String SAY = "#!/bin/sh\nfor word in %s \"$@\"; do echo \"$word\"; done\n";
    private static final int SOURCES = 1000;
    private static final int BUILD = 2000;
    private static final int CACHES = 3000;
    private static final int LATER = 4000;

    @TempDir
    private Path folder;
    private Path top;
    private Path jdk;

    @BeforeEach
    void makeTree() throws IOException {
        top = folder.resolve("tree");
        jdk = folder.resolve("jdk");
        file("jdk/release", "IMPLEMENTOR=\"us\"\nJAVA_VERSION=\"25.0.1\"\n", SOURCES);
        program("jdk/bin/java", SAY.formatted("java"));
        program("bin/mvn", SAY.formatted("mvn") + "exit 1\n");
        program("tree/jvmm", Files.readString(House.TOP.resolve("jvmm")));
        for (String source : List.of("pom.xml", "vmm/pom.xml", "vmm/src/main/java/A.java", "vmm/src/main/jvm/options",
                "vmm/src/main/jvm/compile-commands")) {
            file("tree/" + source, "", SOURCES);
        }
        for (String made : List.of("launcher.stamp", "vmm-0.1.0-SNAPSHOT.jar", "lib/other.jar")) {
            file("tree/vmm/target/" + made, "made", BUILD);
        }
        for (String engine : List.of("kvm", "soft")) {
            file("tree/vmm/target/jvmm-" + engine + ".aot", "cache", CACHES);
            file("tree/vmm/target/jvmm-" + engine + ".aot.jdk", jdk + "\n", CACHES);
        }
        Files.createDirectories(folder.resolve("cache"));
        // A folder is as new as the last file that came into it.
        Files.setLastModifiedTime(top.resolve("vmm/src/main/java"), FileTime.from(SOURCES, TimeUnit.SECONDS));
    }

    private void file(String name, String text, int time) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        Files.setLastModifiedTime(path, FileTime.from(time, TimeUnit.SECONDS));
    }

    private void program(String name, String text) throws IOException {
        file(name, text, SOURCES);
        Files.setPosixFilePermissions(folder.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** What it said, its own messages among it. */
    private List<String> launch(Map<String, String> environment, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(top.resolve("jvmm").toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("JVMM") || name.equals("JAVA_HOME"));
        builder.environment().putAll(Map.of("JAVA_HOME", jdk.toString(), "JVMM_CACHE", folder.resolve("cache").toString(), "PATH",
                folder.resolve("bin") + ":/usr/bin:/bin"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return lines;
    }

    private List<String> launch(String... words) throws IOException, InterruptedException {
        return launch(Map.of(), words);
    }

    private String cache(String engine) {
        return "-XX:AOTCache=" + top.resolve("vmm/target/jvmm-" + engine + ".aot");
    }

    @Test
    void theSoftwareCpuHasItsCacheAndItsCompilersCommands() throws Exception {
        assertThat(launch("boot", "--kernel", "k")).startsWith("java")
                .contains(cache("soft"), "@" + top.resolve("vmm/src/main/jvm/options"),
                        "-XX:CompileCommandFile=" + top.resolve("vmm/src/main/jvm/compile-commands"))
                .endsWith("-cp", top.resolve("vmm/target/vmm-0.1.0-SNAPSHOT.jar").toString(), "org.jvmm.vmm.cli.Main", "boot", "--kernel",
                        "k");
    }

    @Test
    void kvmHasACacheOfItsOwn() throws Exception {
        assertThat(launch("boot", "--accel=kvm")).contains(cache("kvm"), "-XX:-AOTReplayTraining").doesNotContain(cache("soft"))
                .noneMatch(word -> word.startsWith("-XX:CompileCommandFile"));
        assertThat(launch("boot", "--accel", "kvm")).contains(cache("kvm"));
        assertThat(launch("run", "--help", "--", "--accel=kvm")).contains(cache("soft"));
    }

    @Test
    void theProbesAnswerOfThisHostIsAsked() throws Exception {
        file("cache/kvm-device", "some-boot native\n", SOURCES);
        assertThat(launch("boot")).contains(cache("kvm"));
        assertThat(launch("boot", "--accel=soft")).contains(cache("soft"));
        file("cache/kvm-device", "some-boot kernel-mode-emulated\n", SOURCES);
        assertThat(launch("boot")).contains(cache("soft"));
    }

    @Test
    void aCacheOlderThanAJarIsNotUsed() throws Exception {
        file("tree/vmm/target/lib/other.jar", "newer", LATER);
        assertThat(launch("boot")).startsWith("java").noneMatch(word -> word.startsWith("-XX:AOTCache"));
    }

    @Test
    void sourcesNewerThanTheBuildAreBuilt() throws Exception {
        file("tree/vmm/src/main/java/A.java", "", LATER);
        assertThat(launch("version")).contains("jvmm: building the Java modules (once; a minute or so)", "mvn", "package")
                .doesNotContain("java");
    }

    @Test
    void theJdkIsRemembered() throws Exception {
        file("tree/vmm/target/launcher.jdk", jdk + "\n", BUILD);
        assertThat(launch(Map.of("JAVA_HOME", ""), "version")).startsWith("java");
        // One of another version is none.
        file("jdk/release", "JAVA_VERSION=\"24\"\n", SOURCES);
        assertThat(launch(Map.of("JAVA_HOME", ""), "version")).doesNotContain("java");
    }
}
