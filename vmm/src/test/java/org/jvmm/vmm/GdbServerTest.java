package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.cpu.SoftHypervisor;
import org.jvmm.device.irqchip.SoftIrqChip;
import org.jvmm.vmm.gdb.GdbAddress;
import org.jvmm.vmm.gdb.GdbServer;

/** A debugger's side of the remote protocol against the software CPU, which runs a loop of a few instructions. */
@Timeout(60)
class GdbServerTest {
    /** The loop: inc rax; inc rbx; inc rcx; jmp back. */
    private static final String CODE = "48ffc0 48ffc3 48ffc1 ebf5".replace(" ", "");
    private static final String MIDDLE = "10003";
    private static final int RIP = 0x10;
    private static final int RBX = 1;

    @TempDir
    private Path folder;
    private final ContractMachine machine = new ContractMachine((memory, cpus, pio, mmio) -> {
        FakeClock clock = new FakeClock();
        SoftIrqChip chip = new SoftIrqChip(clock, cpus);
        chip.attachTo(pio, mmio);
        return new SoftHypervisor(chip, clock.clock(), chip.tscOrigin()).createVm(memory);
    }, 1);
    private volatile boolean running = true;
    private DebugGate gate;
    private VcpuThread thread;
    private GdbServer server;
    private SocketChannel socket;

    @BeforeEach
    void start() throws IOException {
        X86Regs regs = machine.longMode(HexFormat.of().parseHex(CODE));
        machine.vcpu().setRegs(regs);
        gate = new DebugGate(List.of(machine.vcpu()), machine.memory, this::stop);
        thread = new VcpuThread(machine.vcpu(), new Owner(), gate, null);
        thread.start();
        server = GdbServer.start(GdbAddress.parse(folder.resolve("gdb").toString()), gate);
        connect();
    }

    private void connect() throws IOException {
        socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        socket.connect(UnixDomainSocketAddress.of(folder.resolve("gdb")));
    }

    private void stop() {
        running = false;
        machine.vcpu().kick();
        gate.end();
    }

    @AfterEach
    void end() throws Exception {
        stop();
        thread.join();
        socket.close();
        server.close();
        machine.close();
        assertThat(folder.resolve("gdb")).doesNotExist();
    }

    private void send(String data) throws IOException {
        int sum = 0;
        for (byte value : data.getBytes(StandardCharsets.ISO_8859_1)) {
            sum += value & 0xFF;
        }
        raw("$" + data + "#" + HexFormat.of().toHexDigits((byte) sum));
    }

    private void raw(String bytes) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
        while (out.hasRemaining()) {
            socket.write(out);
        }
    }

    /** The next packet; acknowledgements before it are skipped. */
    private String receive() throws IOException {
        StringBuilder text = new StringBuilder();
        while (read() != '$') {
            // An acknowledgement.
        }
        for (char c = read(); c != '#'; c = read()) {
            text.append(c == '}' ? (char) (read() ^ 0x20) : c);
        }
        read();
        read();
        return text.toString();
    }

    private char read() throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        if (socket.read(one) < 1) {
            throw new IOException("The server closed the connection");
        }
        return (char) (one.get(0) & 0xFF);
    }

    private String ask(String data) throws IOException {
        send(data);
        return receive();
    }

    private long register(int number) throws IOException {
        return Long.reverseBytes(Long.parseUnsignedLong(ask("p" + Integer.toHexString(number)), 16));
    }

    @Test
    void whatGdbAsksFirst() throws IOException {
        assertThat(ask("qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+")).contains("PacketSize=", "qXfer:features:read+",
                "QStartNoAckMode+", "vContSupported+");
        assertThat(ask("QStartNoAckMode")).isEqualTo("OK");
        assertThat(ask("vMustReplyEmpty")).isEmpty();
        assertThat(ask("?")).startsWith("T02thread:1;");
        assertThat(ask("qfThreadInfo")).isEqualTo("m1");
        assertThat(ask("qsThreadInfo")).isEqualTo("l");
        assertThat(ask("qAttached")).isEqualTo("1");
        assertThat(ask("qC")).isEqualTo("QC1");
        assertThat(ask("Hg1")).isEqualTo("OK");
        assertThat(ask("T1")).isEqualTo("OK");
        assertThat(ask("T2")).isEqualTo("E01");
        assertThat(ask("vCont?")).isEqualTo("vCont;c;C;s;S");
    }

    @Test
    void descriptionComesInPieces() throws IOException {
        StringBuilder xml = new StringBuilder();
        String piece;
        do {
            piece = ask("qXfer:features:read:target.xml:" + Integer.toHexString(xml.length()) + ",100");
            xml.append(piece, 1, piece.length());
        } while (piece.startsWith("m"));
        assertThat(xml).contains("org.gnu.gdb.i386.core", "<reg name=\"rip\" bitsize=\"64\"", "fs_base", "cr3").endsWith("</target>\n");
        // As many bytes as the registers of the description have.
        long bits = java.util.regex.Pattern.compile("bitsize=\"(\\d+)\"").matcher(xml).results().mapToLong(r -> Long.parseLong(r.group(1)))
                .sum();
        assertThat(ask("g")).hasSize((int) bits / 4);
    }

    @Test
    void registersAndMemoryAreReadAndWritten() throws IOException {
        assertThat(register(RIP)).isEqualTo(ContractMachine.CODE);
        assertThat(ask("m10000,b")).isEqualTo(CODE);
        assertThat(ask("P1=8877665544332211")).isEqualTo("OK");
        assertThat(register(RBX)).isEqualTo(0x1122334455667788L);
        String all = ask("g");
        assertThat(ask("G" + "0807060504030201" + all.substring(16))).isEqualTo("OK");
        assertThat(register(0)).isEqualTo(0x0102030405060708L);
        // By an alias that the page tables make.
        assertThat(ask("M8000001010,4:01020304")).isEqualTo("OK");
        assertThat(machine.memory.read32(ContractMachine.DATA + 0x10)).isEqualTo(0x04030201);
        assertThat(ask("X30020,3:a}\003b")).isEqualTo("OK");
        assertThat(ask("m30020,3")).isEqualTo("612362");
        assertThat(ask("mffffffff80000000,8")).isEqualTo("E0e");
        // What is there, up to the end of RAM.
        assertThat(ask("m1ffffe,4")).hasSize(4);
        assertThat(ask("p28")).hasSize(32);
    }

    @Test
    void stepsAndBreakpoints() throws IOException {
        assertThat(ask("vCont;s:1;c")).startsWith("T05thread:1;");
        assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 3);
        assertThat(ask("s")).startsWith("T05");
        assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 6);
        assertThat(ask("Z0," + MIDDLE + ",1")).isEqualTo("OK");
        assertThat(ask("vCont;c")).contains("swbreak:;");
        assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 3);
        // The guest's bytes are its own.
        assertThat(machine.memory.read8(ContractMachine.CODE + 3)).isEqualTo(0x48);
        assertThat(ask("z0," + MIDDLE + ",1")).isEqualTo("OK");
        assertThat(ask("Z1,10009,1")).isEqualTo("OK");
        assertThat(ask("c")).contains("hwbreak:;");
        assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 9);
        assertThat(ask("c10000")).contains("hwbreak:;");
    }

    @Test
    void breakpointInCompiledCode() throws IOException {
        runUntilCompiled();
        assertThat(ask("Z0," + MIDDLE + ",1")).isEqualTo("OK");
        for (int i = 0; i < 3; i++) {
            long before = register(0);
            assertThat(ask("c")).contains("swbreak:;");
            assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 3);
            assertThat(register(0) - before).isBetween(0L, 1L);
            assertThat(ask("z0," + MIDDLE + ",1")).isEqualTo("OK");
            assertThat(ask("s")).startsWith("T05");
            assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 6);
            assertThat(ask("Z0," + MIDDLE + ",1")).isEqualTo("OK");
        }
    }

    @Test
    void watchpoints() throws IOException {
        runUntilCompiled();
        // again: inc rax; mov [rbx], eax; mov ecx, [rbx + 8]; jmp again
        assertThat(ask("M10000,a:48ffc089038b4b08ebf6")).isEqualTo("OK");
        assertThat(ask("P10=0000010000000000")).isEqualTo("OK");
        assertThat(ask("P1=4000030000000000")).isEqualTo("OK");
        runUntilCompiled();
        assertThat(ask("Z2,30040,4")).isEqualTo("OK");
        assertThat(ask("c")).isEqualTo("T05thread:1;watch:30040;");
        for (int i = 0; i < 3; i++) {
            long before = register(0);
            assertThat(machine.memory.read32(0x30040)).isEqualTo((int) before);
            assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 5);
            assertThat(ask("c")).isEqualTo("T05thread:1;watch:30040;");
            assertThat(register(0)).isEqualTo(before + 1);
        }
        assertThat(ask("z2,30040,4")).isEqualTo("OK");
        assertThat(ask("Z3,30048,4")).isEqualTo("OK");
        assertThat(ask("c")).isEqualTo("T05thread:1;rwatch:30048;");
        assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 8);
        assertThat(ask("z3,30048,4")).isEqualTo("OK");
        // Part of what is written.
        assertThat(ask("Z4,30041,1")).isEqualTo("OK");
        assertThat(ask("c")).isEqualTo("T05thread:1;awatch:30041;");
        assertThat(register(RIP)).isEqualTo(ContractMachine.CODE + 5);
        // By steps: the jump, the increment, the store.
        assertThat(ask("s")).isEqualTo("T05thread:1;");
        assertThat(ask("s")).isEqualTo("T05thread:1;");
        assertThat(ask("s")).isEqualTo("T05thread:1;");
        assertThat(ask("s")).isEqualTo("T05thread:1;awatch:30041;");
        assertThat(ask("z4,30041,1")).isEqualTo("OK");
        // In the same page, but not touched.
        assertThat(ask("Z4,30050,8")).isEqualTo("OK");
        long before = register(0);
        send("c");
        raw("\003");
        assertThat(receive()).startsWith("T02");
        assertThat(register(0)).isGreaterThanOrEqualTo(before);
    }

    /** Until the loop is hot. */
    private void runUntilCompiled() throws IOException {
        long entries = regionEntries();
        do {
            send("c");
            raw("\003");
            assertThat(receive()).startsWith("T02");
        } while (regionEntries() == entries);
    }

    private long regionEntries() {
        VcpuCounters counters = new VcpuCounters();
        gate.vcpu(0).addCounters(counters);
        return counters.regionEntries;
    }

    @Test
    void malformedPacketsAreRefusedAndTheSessionGoesOn() throws IOException {
        for (String bad : List.of("m", "m10000", "m10000,", "mxyz,4", "m11112222333344445,1", "M30000,4:0102", "M30000,2:zzzz",
                "M30000,1:0102", "p", "pffff",
                "P10", "P10=12", "Pffff=00", "G12", "Hx1", "Hg9", "Z0", "Z0,", "z1,10,", "Z2,30000,0", "vCont;", "vCont;x", "vCont;s:7",
                "vCont;C", "T",
                "c zz",
                "qXfer:features:read:target.xml:zz", "qXfer:features:read:target.xml:ffffffff,1", "qThreadExtraInfo,", "X30000,5:ab")) {
            assertThat(ask(bad)).as(bad).isEqualTo("E01");
        }
        for (String unknown : List.of("Q", "q", "qXfer:features:read:other.xml:0,10", "Z5,10000,4", "!", "vRun;x", "bc", "")) {
            assertThat(ask(unknown)).as(unknown).isEmpty();
        }
        raw("$g#00");
        assertThat(ask("qC")).isEqualTo("QC1");
    }

    @Test
    void anyPacketsAreSurvived() throws IOException {
        Random random = new Random(20261125);
        String letters = "gGpPmMXZzHTqQ?!v0123456789abcdef,:;=-\0\177";
        ask("QStartNoAckMode");
        for (int i = 0; i < 3000; i++) {
            StringBuilder packet = new StringBuilder();
            for (int k = random.nextInt(12); k >= 0; k--) {
                packet.append(letters.charAt(random.nextInt(letters.length())));
            }
            if (packet.charAt(0) == 'c') {
                // Not what lets the guest go: there would be no answer.
                packet.setCharAt(0, 'q');
            }
            assertThat(ask(packet.toString())).isNotNull();
        }
        assertThat(ask("qC")).isEqualTo("QC1");
    }

    @Test
    void detachedGuestsRunOnAndMayBeJoinedAgain() throws IOException {
        assertThat(ask("Z0," + MIDDLE + ",1")).isEqualTo("OK");
        assertThat(ask("D")).isEqualTo("OK");
        socket.close();
        connect();
        assertThat(ask("?")).startsWith("T02");
        long before = register(RBX);
        send("c");
        raw("\003");
        assertThat(receive()).startsWith("T02");
        assertThat(register(RBX)).isGreaterThanOrEqualTo(before);
        // A connection that breaks while the guest runs leaves it running.
        send("c");
        socket.close();
        connect();
        assertThat(ask("?")).startsWith("T02");
    }

    @Test
    void endOfTheMachineIsTold() throws IOException {
        send("c");
        stop();
        assertThat(receive()).isEqualTo("W00");
    }

    @Test
    void killEndsTheMachine() throws IOException, InterruptedException {
        send("k");
        thread.join();
        assertThat(running).isFalse();
    }

    @Test
    void placesThatCannotBeListenedOnAreNamed() throws IOException {
        Path taken = Files.createFile(folder.resolve("taken"));
        assertThatThrownBy(() -> GdbServer.start(GdbAddress.parse(taken.toString()), gate)).isInstanceOf(MachineException.class)
                .hasMessageContaining(taken.toString());
        assertThatThrownBy(() -> GdbAddress.parse("70000")).isInstanceOf(MachineException.class).hasMessageContaining("70000");
        try (GdbServer other = GdbServer.start(GdbAddress.parse("0"), gate)) {
            assertThat(other.command()).startsWith("target remote 127.0.0.1:");
        }
    }

    private final class Owner implements VcpuThread.Owner {
        @Override
        public boolean running() {
            return running;
        }

        @Override
        public void starting() {
            // It begins held.
        }

        @Override
        public void shutdown(int cpu, long rip, String detail) {
            stop();
        }

        @Override
        public void failed(int cpu, long rip, String detail) {
            stop();
        }

        @Override
        public void broken(int cpu, Throwable cause) {
            stop();
        }
    }
}
