package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FuseClient.args;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Known files are bounded by what the host allows: those in use; the others fall asleep, where the host has handles. */
class DescriptorBudgetTest {
    private static final int BATCH = 64;

    @TempDir
    Path directory;

    private final HostFiles host = new HostFiles(new FfmSyscalls(), false);

    private InodeTable table(DescriptorBudget budget) {
        InodeTable table = new InodeTable(budget);
        int fd = host.openRoot(directory.toString());
        assertThat(host.stat(fd)).isZero();
        assertThat(table.enter(host, fd).id).isEqualTo(FuseMessage.ROOT_ID);
        return table;
    }

    /** A look-up below the root; the names have one letter. */
    private Inode enter(InodeTable table, char name) throws IOException {
        if (Files.notExists(file(name))) {
            Files.writeString(file(name), String.valueOf(name));
        }
        FuseMessage.put64(host.scratch(), 0, name);
        Inode root = table.pin(host, FuseMessage.ROOT_ID);
        int fd = (int) host.lookup(root.fd(), host.scratch().address());
        root.unpin(host);
        assertThat(fd).isPositive();
        assertThat(host.stat(fd)).isZero();
        return table.enter(host, fd);
    }

    private Path file(char name) {
        return directory.resolve(String.valueOf(name));
    }

    private Inode use(InodeTable table, char name) throws IOException {
        Inode inode = enter(table, name);
        assertThat(table.pin(host, inode.id)).isSameAs(inode);
        return inode;
    }

    private static long left(DescriptorBudget budget) {
        long left = 0;
        while (budget.take()) {
            left++;
        }
        for (long i = 0; i < left; i++) {
            budget.giveBack();
        }
        return left;
    }

    @Test
    void theRootIsAlwaysKnownAndTheRestWhileThereAreDescriptors() throws IOException {
        DescriptorBudget budget = new DescriptorBudget(3, BATCH);
        InodeTable table = table(budget);
        Inode a = use(table, 'a');
        Inode b = use(table, 'b');
        assertThat(enter(table, 'c')).as("none is left").isNull();
        assertThat(enter(table, 'a')).as("known already").isSameAs(a);
        a.unpin(host);
        table.forget(host, a.id, 2);
        Inode c = use(table, 'c');
        assertThat(enter(table, 'a')).as("a's went to c").isNull();
        assertThat(table.size()).isEqualTo(3);
        b.unpin(host);
        c.unpin(host);
        table.clear(host);
        assertThat(left(budget)).as("given back").isEqualTo(3);

        DescriptorBudget one = new DescriptorBudget(1, BATCH);
        InodeTable small = table(one);
        assertThat(left(one)).isZero();
        small.clear(host);
        assertThat(left(one)).isEqualTo(1);
    }

    @Test
    void theOthersFallAsleepAndWakeAsTheSameFiles() throws IOException {
        Sleepers.assumeHandles(directory);
        DescriptorBudget budget = new DescriptorBudget(5, BATCH);
        InodeTable table = table(budget);
        List<Inode> all = new ArrayList<>();
        for (char name = 'a'; name <= 'z'; name++) {
            all.add(enter(table, name));
        }
        assertThat(all).doesNotContainNull().doesNotHaveDuplicates();
        assertThat(all.stream().filter(Inode::isAsleep).count()).isGreaterThanOrEqualTo(26 - 4);
        for (Inode inode : all) {
            assertThat(table.pin(host, inode.id)).isSameAs(inode);
            assertThat(host.stat(inode.fd())).isZero();
            assertThat(host.stat().number(HostStat.INO)).isEqualTo(inode.number);
            inode.unpin(host);
            assertThat(table.isAsleep(inode.id)).isFalse();
        }
        assertThat(enter(table, 'a')).as("found, asleep or not").isSameAs(all.getFirst());
        table.forget(host, all.getFirst().id, 2);
        assertThat(table.pin(host, all.getFirst().id)).as("forgotten").isNull();
        assertThat(table.size()).isEqualTo(26);
        table.clear(host);
        assertThat(left(budget)).isEqualTo(5);
    }

    @Test
    void whatIsUsedOftenStaysAwake() throws IOException {
        Sleepers.assumeHandles(directory);
        DescriptorBudget budget = new DescriptorBudget(12, 2);
        InodeTable table = table(budget);
        Inode hot = enter(table, 'a');
        for (int round = 0; round < 10; round++) {
            for (char name = 'b'; name <= 'z'; name++) {
                table.pin(host, hot.id).unpin(host);
                assertThat(hot.isAsleep()).isFalse();
                assertThat(enter(table, name)).isNotNull();
            }
        }
        table.clear(host);
        assertThat(left(budget)).isEqualTo(12);
    }

    @Test
    void aFileThatWentWhileItSleptIsGoneAndItsNumberAnothers() throws IOException {
        Sleepers.assumeHandles(directory);
        DescriptorBudget budget = new DescriptorBudget(3, BATCH);
        InodeTable table = table(budget);
        Inode old = enter(table, 'a');
        use(table, 'b').unpin(host);
        use(table, 'c').unpin(host);
        assertThat(old.isAsleep()).isTrue();
        Files.delete(file('a'));
        assertThat(table.pin(host, old.id)).as("there is no such file").isNull();
        // ext4 gives the number to the next file.
        Inode young = enter(table, 'a');
        assertThat(young).isNotSameAs(old);
        assertThat(young.id).isNotEqualTo(old.id);
        assertThat(table.pin(host, young.id)).isSameAs(young);
        assertThat(table.pin(host, old.id)).isNull();
        young.unpin(host);
        assertThat(enter(table, 'a')).isSameAs(young);
        table.forget(host, old.id, 1);
        assertThat(enter(table, 'a')).as("the old one's end is not the young one's").isSameAs(young);
        table.forget(host, young.id, 3);
        assertThat(table.size()).isEqualTo(3);
        table.clear(host);
        assertThat(left(budget)).isEqualTo(3);
    }

    @Test
    void oneVolumesIdleFilesMakeRoomForAnothers() throws IOException {
        Sleepers.assumeHandles(directory);
        DescriptorBudget budget = new DescriptorBudget(6, BATCH);
        InodeTable idle = table(budget);
        for (char name = 'a'; name <= 'd'; name++) {
            enter(idle, name);
        }
        InodeTable busy = table(budget);
        Inode a = use(busy, 'a');
        Inode b = use(busy, 'b');
        Inode c = use(busy, 'c');
        assertThat(left(budget)).as("two roots and three files").isEqualTo(1);
        a.unpin(host);
        b.unpin(host);
        c.unpin(host);
        idle.clear(host);
        busy.clear(host);
        assertThat(left(budget)).isEqualTo(6);
    }

    /** Where a guest's notification comes in nothing may wait, and what makes room may. */
    @Test
    void whoServesAtOnceMakesNoRoom() throws IOException {
        Files.createFile(file('a'));
        Files.createFile(file('b'));
        FuseServer server = new FuseServer(FsOptions.of(directory), FfmSyscalls::new, (buffers, written) -> {
        }, null, new DescriptorBudget(2, BATCH));
        FsWorker worker = server.newWorker();
        FsWorker quick = server.newQuickWorker();
        assertThat(server.handle(worker, request(FuseOpcode.INIT, 0, args().u32(7, 39, 1 << 17, -1, -1).raw(new byte[44])))).isPositive();
        assertThat(server.handle(quick, request(FuseOpcode.LOOKUP, 1, args().name("a")))).isPositive();
        assertThat(server.inodes()).isEqualTo(2);
        assertThat(server.handle(quick, request(FuseOpcode.LOOKUP, 1, args().name("b")))).isEqualTo(FuseServer.LEFT);
        assertThat(server.inodes()).isEqualTo(2);
        assertThat(server.handle(worker, request(FuseOpcode.LOOKUP, 1, args().name("b")))).isPositive();
        server.close();
    }

    private static MemoryBuffers request(int opcode, long node, FuseClient.Args arguments) {
        byte[] body = arguments.done();
        return new MemoryBuffers(args().u32(40 + body.length, opcode).u64(1, node).u32(0, 0, 1, 0).raw(body).done(), 4096, 4096);
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
