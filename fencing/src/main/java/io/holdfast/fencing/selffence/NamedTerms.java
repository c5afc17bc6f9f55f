package io.holdfast.fencing.selffence;

import io.holdfast.model.SelfFenceTerms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * Remembers beyond a restart of the agent that a lease has named these terms in this boot. Without it, an agent that is restarted while
 * ZooKeeper is away would have no licence by its slot, and its host would be reset for a ZooKeeper that is lost.
 */
final class NamedTerms {

    private final Path file;
    private final String line;

    /** @param terms null for a host that arms nothing, of which nothing is ever named */
    NamedTerms(Path stateDirectory, String bootId, @Nullable SelfFenceTerms terms) {
        this.file = stateDirectory.resolve("self-fence.named");
        this.line = terms == null ? "" : bootId + " " + terms;
    }

    /** What cannot be read was not named. */
    boolean isNamed() {
        try {
            return !line.isEmpty() && Files.readString(file).strip().equals(line);
        } catch (IOException notNamed) {
            return false;
        }
    }

    void remember() throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, line + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void forget() throws IOException {
        try {
            Files.delete(file);
        } catch (NoSuchFileException nothingToForget) {
            // As it should be.
        }
    }
}
