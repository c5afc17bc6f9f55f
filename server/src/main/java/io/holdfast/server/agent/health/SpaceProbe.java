package io.holdfast.server.agent.health;

import io.holdfast.server.agent.health.core.Measures.Space;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How full file systems are. May hang where one is of another machine. */
final class SpaceProbe {

    private final List<Path> paths;

    SpaceProbe(List<Path> paths) {
        this.paths = List.copyOf(paths);
    }

    /** Each file system once, by the first path that lies on it. */
    List<Space> read() {
        List<Space> spaces = new ArrayList<>();
        Set<FileStore> seen = new HashSet<>();
        for (Path path : paths) {
            try {
                FileStore store = Files.getFileStore(path);
                if (seen.add(store)) {
                    spaces.add(new Space(path.toString(), store.getTotalSpace(), store.getUsableSpace(), null));
                }
            } catch (NoSuchFileException e) {
                spaces.add(new Space(path.toString(), 0, 0, "there is no such directory"));
            } catch (IOException e) {
                spaces.add(new Space(path.toString(), 0, 0, String.valueOf(e.getMessage())));
            }
        }
        return spaces;
    }
}
