package io.holdfast.compute.agent;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this host remembers of its guests' failures, on its own disk, so that an agent that dies neither forgets how often a
 * guest was restarted nor a failure that no controller has heard of yet.
 *
 * <p>Model: a small file for each guest that ever failed, written whole beside the old one, forced to disk and renamed. It holds one
 * generation: at another host, or come back from one, a guest begins with a clean page.
 *
 * <p>What if we die here: the old page stands, and what was to be done about the failure was not begun. A page that cannot
 * be read counts as none: a limit that begins anew does less harm than a guest that is never restarted again.
 *
 * <p>Not safe for several threads; the agent's lock guards it.
 */
final class GuestLedger {

    private static final Logger log = LoggerFactory.getLogger(GuestLedger.class);

    private static final String NEW = ".new";

    private final ObjectMapper json =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    private final Path directory;
    private final Map<InstanceId, Page> pages = new HashMap<>();

    GuestLedger(Path directory) {
        this.directory = directory;
    }

    /**
     * @param restarts when the guest was begun anew because it had failed, oldest first
     * @param last its last failure, or null
     * @param leftIn the boot of the host in which it was left as it was, until somebody orders it anew; or null
     */
    record Page(
            Generation generation,
            List<Instant> restarts,
            @Nullable GuestIncident last,
            @Nullable String leftIn) {

        Page {
            restarts = List.copyOf(restarts);
        }

        static Page clean(Generation generation) {
            return new Page(generation, List.of(), null, null);
        }

        Page leftIn(@Nullable String boot) {
            return new Page(generation, restarts, last, boot);
        }
    }

    Page page(InstanceId instance, Generation generation) {
        Page page = pages.computeIfAbsent(instance, this::read);
        return page.generation().equals(generation) ? page : Page.clean(generation);
    }

    /** As long as this agent lives, for a page that could not be written. */
    void remember(InstanceId instance, Page page) {
        pages.put(instance, page);
    }

    /** Durable when it returns; when it throws, the page is as before. */
    void write(InstanceId instance, Page page) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve(instance.toString());
        Path half = directory.resolve(instance + NEW);
        byte[] text = json.writeValueAsBytes(PageText.of(page));
        try (FileChannel channel = FileChannel.open(
                half, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
        pages.put(instance, page);
    }

    /** Forgets all guests but these. A page that cannot be removed is of an instance that never comes back at its generation. */
    void retain(Set<InstanceId> owned) {
        pages.keySet().retainAll(owned);
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replace(NEW, "");
                if (owned.stream().noneMatch(instance -> instance.toString().equals(name))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            log.warn("pages of guests that are gone could not be removed from {}: {}", directory, e.toString());
        }
    }

    private Page read(InstanceId instance) {
        Path file = directory.resolve(instance.toString());
        try {
            return json.readValue(Files.readAllBytes(file), PageText.class).page();
        } catch (NoSuchFileException e) {
            return Page.clean(Generation.ZERO);
        } catch (IOException | RuntimeException e) {
            log.warn("instance={} failures unreadable, counted anew file={} reason={}", instance, file, e.toString());
            return Page.clean(Generation.ZERO);
        }
    }

    // The file's own words, apart from the product's.

    record PageText(
            long generation,
            List<Long> restarts,
            @Nullable IncidentText last,
            @Nullable String leftIn) {

        static PageText of(Page page) {
            GuestIncident last = page.last();
            return new PageText(
                    page.generation().value(),
                    page.restarts().stream().map(Instant::toEpochMilli).toList(),
                    last == null
                            ? null
                            : new IncidentText(
                                    last.number(),
                                    last.failure(),
                                    last.response(),
                                    last.restarts(),
                                    last.detail(),
                                    last.at().toEpochMilli()),
                    page.leftIn());
        }

        Page page() {
            return new Page(
                    Generation.of(generation),
                    restarts.stream().map(Instant::ofEpochMilli).toList(),
                    last == null ? null : last.incident(),
                    leftIn);
        }
    }

    record IncidentText(
            long number, GuestFailure failure, GuestResponse response, int restarts, String detail, long at) {

        GuestIncident incident() {
            return new GuestIncident(number, failure, response, restarts, detail, Instant.ofEpochMilli(at));
        }
    }
}
