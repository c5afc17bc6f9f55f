package io.holdfast.fencing.watchdog;

import io.holdfast.fencing.FencingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** An armed watchdog. One thread uses it; a device that hangs in a write hangs that thread, which is petting nobody then. */
public final class WatchdogDevice implements AutoCloseable {

    private final FileChannel channel;
    private final boolean file;

    private WatchdogDevice(FileChannel channel, boolean file) {
        this.channel = channel;
        this.file = file;
    }

    /**
     * Whether the device may be relied on, before it is armed: touches nothing.
     *
     * @param time what the settings say that it waits
     * @param trusted the operator's word in place of the kernel's
     * @throws FencingException what is wrong with it
     */
    public static void check(Path device, WatchdogFacts facts, Duration time, boolean trusted) {
        if (!Files.exists(device)) {
            throw new FencingException("self-fence.watchdog: there is no " + device
                    + "; load the driver of the machine's watchdog, or softdog if nothing better is there");
        }
        facts.timeout().filter(said -> !said.equals(time)).ifPresent(said -> {
            throw new FencingException("self-fence.watchdog-time is " + time.toMillis() + "ms, and " + device
                    + " waits " + said.toMillis() + "ms; set the same in both, the driver's by its module's options");
        });
        if (trusted) {
            return;
        }
        if (facts.isSoftware()) {
            throw new FencingException(device + " is a timer of the kernel that it should watch; it counts only where"
                    + " self-fence.trust-device says so");
        }
        if (!facts.survivesClose().orElse(false)) {
            throw new FencingException(device + (facts.survivesClose().isPresent() ? " stops" : " may stop")
                    + " counting when its file is closed, as by an agent that was killed; load its driver with nowayout=1, or,"
                    + " if you know better, say so with self-fence.trust-device");
        }
    }

    /** Arms the device, which pets it. */
    public static WatchdogDevice arm(Path device) throws IOException {
        FileChannel channel = FileChannel.open(device, StandardOpenOption.WRITE);
        try {
            WatchdogDevice armed = new WatchdogDevice(channel, Files.isRegularFile(device));
            armed.pet();
            return armed;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    public void pet() throws IOException {
        write(".");
    }

    private void write(String letter) throws IOException {
        if (file) {
            // A file that plays the device is not to grow for ever; a new time of change is what its watcher sees.
            channel.position(0);
        }
        channel.write(ByteBuffer.wrap(letter.getBytes(StandardCharsets.US_ASCII)));
    }

    /** Disarms it, if the driver lets it. Whoever calls has told before that nothing is armed any more. */
    public void disarm() throws IOException {
        write("V");
        channel.close();
    }

    /** Lets go of it; it counts on. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
