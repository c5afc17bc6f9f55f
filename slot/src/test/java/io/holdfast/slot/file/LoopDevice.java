package io.holdfast.slot.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A block device of the kernel whose bytes are a file's. Needs root. */
record LoopDevice(Path path) implements AutoCloseable {

    /** @param options of losetup */
    static LoopDevice over(Path file, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("losetup", "--find", "--show"));
        command.addAll(Arrays.asList(options));
        command.add(file.toString());
        return new LoopDevice(Path.of(run(command).strip()));
    }

    /** By its name: other loop devices of this machine are somebody else's. */
    @Override
    public void close() throws IOException {
        run(List.of("losetup", "--detach", path.toString()));
    }

    private static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return said;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        throw new IOException(String.join(" ", command) + ": " + said);
    }
}
