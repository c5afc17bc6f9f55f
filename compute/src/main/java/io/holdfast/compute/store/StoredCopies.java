package io.holdfast.compute.store;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ImageCopies;
import io.holdfast.compute.ImageEntry.Content;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.core.ImageRules;
import io.holdfast.compute.core.PolicyRule;
import io.holdfast.compute.image.ImageFiles;
import io.holdfast.model.ImageId;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import jakarta.persistence.LockModeType;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies as images like those that were uploaded: the same rows, the same files, and removed in the same way by
 * {@link StoredImages#tidy} when they belong to no row any more.
 *
 * <p>What if we die here: as in an upload. The row says that it has content only after the file is whole and forced to disk.
 */
public final class StoredCopies implements ImageCopies {

    private static final Logger log = LoggerFactory.getLogger(StoredCopies.class);

    private final Store store;
    private final ImageFiles files;
    private final ImageSettings settings;
    private final InstantSource clock;

    public StoredCopies(Store store, ImageFiles files, ImageSettings settings, InstantSource clock) {
        this.store = store;
        this.files = files;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public boolean isHere(Original original) {
        ImageRules.properties(original.properties());
        Instant now = clock.instant();
        return store.inTransaction(session -> {
            ImageRow row = locked(session, original.id());
            return row != null && isHere(session, row, original, now);
        });
    }

    private static boolean isHere(Session session, ImageRow row, Original original, Instant now) {
        Content content = row.toEntry(now).content();
        if (content == null) {
            return false;
        }
        boolean used = users(session, row) > 0;
        if (!original.isContent(content)) {
            if (used) {
                // Their disks are overlays over the old content; with new content below them they would be garbage.
                throw new ComputeException(
                        Kind.CONFLICT,
                        "Instances are made from other content of image " + original.id()
                                + " than the image service has now; give the new content a new image.");
            }
            // Its file belongs to nobody from now on.
            row.file = null;
            row.status = Status.QUEUED;
            row.uploaded = false;
            row.updatedAt = now;
            return false;
        }
        write(row, original, used, now);
        row.status = Status.ACTIVE;
        return true;
    }

    @Override
    public void copy(Original original, Supplier<InputStream> content) {
        ImageRules.properties(original.properties());
        if (original.bytes() > settings.bytesMax()) {
            throw new ComputeException(
                    Kind.TOO_LARGE,
                    "Image " + original.id() + " has " + original.bytes() + " bytes, of which at most "
                            + settings.bytesMax() + " are allowed.");
        }
        UUID upload = UUID.randomUUID();
        if (!begin(original, upload)) {
            return;
        }
        try {
            files.requireRoom(original.bytes());
            Content written;
            try (InputStream in = content.get()) {
                written = files.write(
                        original.id(),
                        upload,
                        original.format(),
                        original.bytes(),
                        in,
                        () -> seenAlive(original.id(), upload));
            }
            if (!original.isContent(written)) {
                files.remove(ImageFiles.name(original.id(), upload));
                throw new ComputeException(
                        Kind.UNAVAILABLE,
                        "The image service sent other content for image " + original.id() + " than it describes ("
                                + written.bytes() + " bytes with SHA-512 " + written.sha512() + ").");
            }
            finish(original, upload, written);
        } catch (IOException e) {
            ComputeException broken = new ComputeException(
                    Kind.UNAVAILABLE, "The content of image " + original.id() + " broke off: " + e.getMessage() + ".");
            giveUp(original.id(), upload, broken);
            throw broken;
        } catch (RuntimeException e) {
            giveUp(original.id(), upload, e);
            throw e;
        }
        log.info("image {} is copied, {} bytes of {}", original.id(), original.bytes(), original.format());
    }

    /** @return false when its content is here already */
    private boolean begin(Original original, UUID upload) {
        Instant now = clock.instant();
        try {
            return store.inTransaction(session -> {
                ImageRow row = locked(session, original.id());
                if (row == null) {
                    row = new ImageRow();
                    row.id = original.id().value();
                    row.createdAt = now;
                    write(row, original, false, now);
                    row.upload = upload;
                    row.uploadAt = now;
                    session.persist(row);
                    return true;
                }
                if (isHere(session, row, original, now)) {
                    return false;
                }
                if (row.isBeingWritten(now)) {
                    throw beingCopied(original.id());
                }
                write(row, original, false, now);
                row.upload = upload;
                row.uploadAt = now;
                return true;
            });
        } catch (ConstraintViolated e) {
            throw beingCopied(original.id());
        }
    }

    private static ComputeException beingCopied(ImageId id) {
        return new ComputeException(Kind.UNAVAILABLE, "Image " + id + " is being copied by somebody else; try again.");
    }

    private void finish(Original original, UUID upload, Content written) {
        Instant now = clock.instant();
        store.inTransactionDo(session -> {
            ImageRow row = locked(session, original.id());
            if (row == null || !upload.equals(row.upload)) {
                throw new ComputeException(
                        Kind.UNAVAILABLE, "Image " + original.id() + " was deleted here meanwhile; try again.");
            }
            row.file = ImageFiles.name(original.id(), upload);
            row.uploaded = true;
            row.sizeBytes = written.bytes();
            row.virtualBytes = written.virtualBytes();
            row.md5 = written.md5();
            row.sha512 = written.sha512();
            row.status = Status.ACTIVE;
            row.upload = null;
            row.uploadAt = null;
            row.updatedAt = now;
        });
    }

    /** @param used whether instances take their recovery policy from it: it stays as it was when they were made */
    private static void write(ImageRow row, Original original, boolean used, Instant now) {
        Map<String, String> wanted = new TreeMap<>(original.properties());
        if (used) {
            for (String key : new String[] {PolicyRule.IMAGE_KEY, PolicyRule.KEY}) {
                String before = row.properties.get(key);
                wanted.remove(key);
                if (before != null) {
                    wanted.put(key, before);
                }
            }
        }
        row.name = original.name();
        row.visibility = original.visibility();
        row.owner = original.owner() == null ? null : original.owner().value();
        row.format = original.format();
        row.containerFormat = ImageRules.BARE;
        row.minMemoryMib = original.minMemoryMib();
        row.minDiskGib = original.minDiskGib();
        row.properties.keySet().retainAll(wanted.keySet());
        row.properties.putAll(wanted);
        row.updatedAt = now;
    }

    private static long users(Session session, ImageRow row) {
        return session.createSelectionQuery(
                        "select count(*) from Instance where imageId = :id and (deletedAt is null or task = :removal)",
                        Long.class)
                .setParameter("id", row.id)
                .setParameter("removal", StoredInstances.DISK_REMOVAL)
                .getSingleResult();
    }

    private void seenAlive(ImageId id, UUID upload) {
        Instant now = clock.instant();
        int rows = store.inTransaction(session -> session.createMutationQuery(
                        "update Image set uploadAt = :now where id = :id and upload = :upload")
                .setParameter("now", now)
                .setParameter("id", id.value())
                .setParameter("upload", upload)
                .executeUpdate());
        if (rows == 0) {
            throw new ComputeException(Kind.UNAVAILABLE, "Image " + id + " was deleted here meanwhile; try again.");
        }
    }

    /** The row stays, without content: the next copy uses it. What cannot even be written grows old, as an upload does. */
    private void giveUp(ImageId id, UUID upload, RuntimeException why) {
        log.warn("image {} was not copied: {}", id, why.getMessage());
        if (why instanceof StoreException failed && failed.outcomeUnknown()) {
            return;
        }
        try {
            files.remove(ImageFiles.name(id, upload));
            store.inTransactionDo(session -> {
                int rows = session.createMutationQuery(
                                "update Image set upload = null, uploadAt = null where id = :id and upload = :upload")
                        .setParameter("id", id.value())
                        .setParameter("upload", upload)
                        .executeUpdate();
                log.debug("image {}: copy {} {}", id, upload, rows == 1 ? "is given up" : "was not there any more");
            });
        } catch (StoreException | ComputeException e) {
            why.addSuppressed(e);
        }
    }

    private static @Nullable ImageRow locked(Session session, ImageId id) {
        return session.find(ImageRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
    }
}
