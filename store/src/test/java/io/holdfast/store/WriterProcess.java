package io.holdfast.store;

import io.holdfast.secrets.SecretReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A controller's stand-in for tests that kill it: opens the database of a directory and says what it has stored. */
final class WriterProcess {

    private WriterProcess() {}

    /** Arguments: state directory, directory of the programs. Prints {@code up PID}, then each number once stored. */
    public static void main(String[] arguments) {
        StoreSettings settings = StoreSettings.defaults().withBinariesDirectory(Path.of(arguments[1]));
        try (Database database = Database.open(settings, Path.of(arguments[0]), SecretReader.ofCommand(Map.of()));
                Store store = Store.open(database.dataSource(), List.of())) {
            EmbeddedPostgres server = database.embedded();
            System.out.println("up " + (server == null ? -1 : server.pid()));
            // A backend that is busy on the processor does not notice the death of its postmaster.
            Thread.ofPlatform()
                    .daemon()
                    .start(() -> store.inTransactionDo(session -> session.createNativeQuery(
                                    "select count(*) from generate_series(1, 100000000000) as n where n % 7 = 8",
                                    Long.class)
                            .getSingleResult()));
            for (int i = 1; ; i++) {
                Numbers.write(store, i);
                System.out.println(i);
            }
        } catch (StateDirectoryInUse e) {
            System.out.println("refused " + e.getMessage());
        }
    }
}
