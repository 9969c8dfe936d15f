package org.jvmm.cpu.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The processor this test runs on, as the oracle: {@code src/test/c/native_runner.c}, compiled and kept running. A process of its own, because the
 * cases raise every signal; cases go over in batches through a file that both map.
 */
public final class NativeRunner implements AutoCloseable {
    /** Cases a batch holds. */
    public static final int SLOTS = 256;
    /** Bytes of code a case may have. */
    public static final int MAX_CODE = 128;

    private static final int VECTOR_AT = 8;
    private static final int CODE_AT = 64;
    private static final int STATE_AT = CODE_AT + MAX_CODE;
    private static final int FLAGS_AT = STATE_AT + 128;
    private static final int XSAVE_AT = STATE_AT + 192;
    private static final int DATA_AT = XSAVE_AT + MachineState.XSAVE_SIZE;
    private static final int SLOT = DATA_AT + MachineState.WINDOW;

    private final Process process;
    private final OutputStream output;
    private final InputStream input;
    private final ByteBuffer slots;

    /** Compiles and starts the runner. */
    public NativeRunner() throws IOException, InterruptedException {
        Path source = Path.of("src/test/c/native_runner.c").toAbsolutePath();
        Path folder = Files.createDirectories(Path.of("target/native").toAbsolutePath());
        Path program = folder.resolve("native_runner");
        Process compiler = new ProcessBuilder("gcc", "-O1", "-Wall", "-Wextra", "-fno-stack-protector", "-fcf-protection=none", "-no-pie",
                "-o", program.toString(), source.toString()).inheritIO().start();
        if (compiler.waitFor() != 0) {
            throw new IOException("gcc could not compile " + source);
        }
        Path shared = folder.resolve("slots");
        try (RandomAccessFile file = new RandomAccessFile(shared.toFile(), "rw")) {
            file.setLength((long) SLOT * SLOTS);
            slots = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, (long) SLOT * SLOTS).order(ByteOrder.LITTLE_ENDIAN);
        }
        process = new ProcessBuilder(program.toString(), shared.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        output = process.getOutputStream();
        input = process.getInputStream();
    }

    /** Whether this host can be the oracle. */
    public static boolean available() {
        return System.getProperty("os.arch").equals("amd64") && Files.isExecutable(Path.of("/usr/bin/gcc"));
    }

    /** The names of the host's features, as Linux gives them. */
    public static String hostFeatures() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
            if (line.startsWith("flags")) {
                return line.substring(line.indexOf(':') + 1) + " ";
            }
        }
        return "";
    }

    /**
     * Fills a slot.
     *
     * @param mode 8 for 64-bit, 4 for compatibility mode
     */
    public void put(int slot, byte[] code, int length, int mode, MachineState s) {
        int at = slot * SLOT;
        slots.putInt(at, length);
        slots.putInt(at + 4, mode);
        slots.put(at + CODE_AT, code, 0, length);
        for (int i = 0; i < 16; i++) {
            slots.putLong(at + STATE_AT + 8 * i, s.gpr[i]);
        }
        slots.putLong(at + FLAGS_AT, s.rflags);
        slots.putLong(at + FLAGS_AT + 8, s.fsBase);
        slots.putLong(at + FLAGS_AT + 16, s.gsBase);
        slots.put(at + XSAVE_AT, s.xsave.array());
        slots.put(at + DATA_AT, s.window);
    }

    /** Reads a slot's answer. */
    public void get(int slot, MachineState s) {
        int at = slot * SLOT;
        s.vector = slots.getInt(at + VECTOR_AT);
        s.errorCode = slots.getInt(at + VECTOR_AT + 4);
        for (int i = 0; i < 16; i++) {
            s.gpr[i] = slots.getLong(at + STATE_AT + 8 * i);
        }
        s.rflags = slots.getLong(at + FLAGS_AT);
        s.fsBase = slots.getLong(at + FLAGS_AT + 8);
        s.gsBase = slots.getLong(at + FLAGS_AT + 16);
        s.rip = slots.getLong(at + FLAGS_AT + 24);
        slots.get(at + XSAVE_AT, s.xsave.array());
        slots.get(at + DATA_AT, s.window);
        s.normalize();
    }

    /** Starts executing the first slots. */
    public void start(int count) throws IOException {
        output.write(count - 1);
        output.flush();
    }

    /** Waits for what {@link #start} started. */
    public void await() throws IOException {
        if (input.read() < 0) {
            throw new IOException("The native runner died");
        }
    }

    @Override
    public void close() throws IOException {
        output.close();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroy();
    }
}
