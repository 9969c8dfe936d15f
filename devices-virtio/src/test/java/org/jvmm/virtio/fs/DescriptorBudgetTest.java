package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.kvm.sys.FfmSyscalls;

/** Known files are bounded by what the host allows, and give back what they took. */
class DescriptorBudgetTest {
    @TempDir
    Path directory;

    private final HostFiles host = new HostFiles(new FfmSyscalls(), false);

    private Inode enter(InodeTable table, int root, String name) throws IOException {
        if (Files.notExists(directory.resolve(name))) {
            Files.createFile(directory.resolve(name));
        }
        FuseMessage.put64(host.scratch(), 0, name.charAt(0));
        int fd = (int) host.lookup(root, host.scratch().address());
        assertThat(fd).isPositive();
        assertThat(host.stat(fd)).isZero();
        return table.enter(host, fd);
    }

    @Test
    void theRootIsAlwaysKnownAndTheRestWhileThereAreDescriptors() throws IOException {
        DescriptorBudget budget = new DescriptorBudget(3);
        InodeTable table = new InodeTable(budget);
        int root = host.openRoot(directory.toString());
        host.stat(root);
        assertThat(table.enter(host, root)).isNotNull();
        Inode a = enter(table, root, "a");
        assertThat(enter(table, root, "b")).isNotNull();
        assertThat(enter(table, root, "c")).as("none is left").isNull();
        assertThat(enter(table, root, "a")).as("known already").isSameAs(a);
        table.forget(host, a.id, 2);
        Inode c = enter(table, root, "c");
        assertThat(c).as("a's is free").isNotNull();
        assertThat(enter(table, root, "a")).isNull();
        assertThat(table.size()).isEqualTo(3);
        table.clear(host);
        DescriptorBudget other = new DescriptorBudget(1);
        InodeTable small = new InodeTable(other);
        int again = host.openRoot(directory.toString());
        host.stat(again);
        assertThat(small.enter(host, again)).isNotNull();
        assertThat(other.take()).isFalse();
        small.clear(host);
        assertThat(other.take()).as("given back").isTrue();
    }

    @Test
    void theProcessGetsWhatItMay() throws IOException {
        DescriptorBudget.PROCESS.raise(new FfmSyscalls());
        String[] limit = Files.readAllLines(Path.of("/proc/self/limits")).stream().filter(line -> line.startsWith("Max open files"))
                .findFirst()
                .orElseThrow().split(" +");
        long soft = Long.parseLong(limit[3]);
        assertThat(limit[3]).as("soft and hard").satisfiesAnyOf(value -> assertThat(value).isEqualTo(limit[4]),
                value -> assertThat(Long.parseLong(value)).isEqualTo(1_000_000));
        assertThat(DescriptorBudget.PROCESS.most()).isEqualTo(soft / 4 * 3);
    }
}
