package io.holdfast.server.demo;

import io.holdfast.secrets.SecretReader;
import io.holdfast.server.Scratch;
import io.holdfast.store.Database;
import io.holdfast.store.EmbeddedPostgres;
import io.holdfast.store.Store;
import io.holdfast.store.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The database of a controller without the controller, in a directory of its own that goes with it. For measurements. */
final class DatabaseAlone implements AutoCloseable {

    private final Scratch directory;
    private final Database database;
    private final Store store;

    private DatabaseAlone(Scratch directory, Database database, Store store) {
        this.directory = directory;
        this.database = database;
        this.store = store;
    }

    /** Starts the database; blocks until it answers. */
    static DatabaseAlone open(String name, List<Class<?>> entities) throws IOException {
        Scratch directory = Scratch.open("holdfast-" + name);
        // Root's database runs as another account, which has to pass.
        Files.setPosixFilePermissions(directory.path(), PosixFilePermissions.fromString("rwx--x--x"));
        Database database = Database.open(
                StoreSettings.defaults(), directory.path().resolve("state"), SecretReader.ofCommand(Map.of()));
        return new DatabaseAlone(directory, database, Store.open(database.dataSource(), entities));
    }

    /** For files beside the database; gone when this is closed. */
    Path directory() {
        return directory.path();
    }

    Store store() {
        return store;
    }

    EmbeddedPostgres server() {
        return Objects.requireNonNull(database.embedded());
    }

    @Override
    public void close() throws IOException {
        store.close();
        database.close();
        directory.close();
    }
}
