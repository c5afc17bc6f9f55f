package io.holdfast.compute.store;

import io.holdfast.compute.Catalog;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageEntry.Content;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.ImageEntry.Visibility;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.Images;
import io.holdfast.compute.core.ImageRules;
import io.holdfast.compute.image.ImageFiles;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import jakarta.persistence.LockModeType;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images in the store, their content on the shared storage.
 *
 * <p>An upload is a row's {@code upload}, an id of its own: who finds another one there when it is done has been given up, and throws
 * its file away. It is seen alive while bytes come.
 *
 * <p>What if we die in the middle: the row is there before the file, and the file before the row says that it has content. So a file that no row names,
 * and no upload that was seen alive of late, belongs to nobody; {@link #tidy} removes it and gives the image back, within two
 * minutes, on any controller.
 */
public final class StoredImages implements Images, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StoredImages.class);

    private static final Duration TIDY_EVERY = Duration.ofMinutes(1);

    private final Store store;
    private final Catalog catalog;
    private final ImageFiles files;
    private final ImageSettings settings;
    private final InstantSource clock;
    private final ScheduledExecutorService tidying = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("image-tidy").daemon().factory());

    public StoredImages(Store store, Catalog catalog, ImageFiles files, ImageSettings settings, InstantSource clock) {
        this.store = store;
        this.catalog = catalog;
        this.files = files;
        this.settings = settings;
        this.clock = clock;
    }

    /** Begins to look for what uploads left behind that did not end. */
    public void start() {
        var round = tidying.scheduleWithFixedDelay(
                this::tidyOnce, TIDY_EVERY.toMillis(), TIDY_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        log.debug("images: tidying {}", round);
    }

    @Override
    public void close() {
        tidying.shutdownNow();
    }

    @Override
    public List<ImageEntry> list(@Nullable ProjectId viewer) {
        Instant now = clock.instant();
        return store.inTransaction(session -> {
            var query = viewer == null
                    ? session.createSelectionQuery("from Image order by createdAt desc, id desc", ImageRow.class)
                    : session.createSelectionQuery(
                                    "from Image where visibility <> :private or owner = :viewer"
                                            + " order by createdAt desc, id desc",
                                    ImageRow.class)
                            .setParameter("private", Visibility.PRIVATE)
                            .setParameter("viewer", viewer.value());
            return query.list().stream().map(row -> row.toEntry(now)).toList();
        });
    }

    @Override
    public Optional<ImageEntry> find(ImageId id) {
        Instant now = clock.instant();
        return store.inTransaction(session ->
                Optional.ofNullable(session.find(ImageRow.class, id.value())).map(row -> row.toEntry(now)));
    }

    @Override
    public ImageEntry create(ImageEntry draft) {
        ImageRules.check(draft);
        Instant now = clock.instant();
        ImageRow row = new ImageRow();
        row.id = draft.id().value();
        row.owner = draft.owner() == null ? null : draft.owner().value();
        row.createdAt = now;
        write(row, draft, now);
        try {
            store.inTransactionDo(session -> {
                lockOwner(session, row.owner);
                long count = session.createSelectionQuery("select count(*) from Image where owner = :owner", Long.class)
                        .setParameter("owner", row.owner)
                        .getSingleResult();
                if (count >= settings.imagesPerProject()) {
                    throw new ComputeException(
                            Kind.TOO_LARGE,
                            "Project " + row.owner + " has " + count + " images, which is as many as it may have.");
                }
                session.persist(row);
            });
        } catch (ConstraintViolated e) {
            throw new ComputeException(Kind.CONFLICT, "Image ID " + draft.id() + " already exists!");
        }
        return row.toEntry(now);
    }

    @Override
    public ImageEntry change(ImageId id, UnaryOperator<ImageEntry> change) {
        Instant now = clock.instant();
        return store.inTransaction(session -> {
            ImageRow row = locked(session, id);
            ImageEntry before = row.toEntry(now);
            ImageEntry wanted = change.apply(before);
            ImageRules.check(wanted);
            if (before.status() != Status.QUEUED
                    && !(Objects.equals(before.diskFormat(), wanted.diskFormat())
                            && Objects.equals(before.containerFormat(), wanted.containerFormat()))) {
                throw new ComputeException(
                        Kind.LIMIT, "The formats of image " + id + " can be changed only before it has content.");
            }
            if (ImageRules.changesPolicy(before, wanted) && users(session, row) > 0) {
                throw new ComputeException(
                        Kind.CONFLICT,
                        "Instances take their recovery policy from image " + id + "; set it on them, or delete them"
                                + " first.");
            }
            write(row, wanted, now);
            return row.toEntry(now);
        });
    }

    private static long users(Session session, ImageRow row) {
        return session.createSelectionQuery(
                        "select count(*) from Instance where imageId = :id and deletedAt is null", Long.class)
                .setParameter("id", row.id)
                .getSingleResult();
    }

    private static void write(ImageRow row, ImageEntry wanted, Instant now) {
        row.name = wanted.name();
        row.visibility = wanted.visibility();
        row.format = wanted.diskFormat();
        row.containerFormat = wanted.containerFormat();
        row.minMemoryMib = wanted.minMemoryMib();
        row.minDiskGib = wanted.minDiskGib();
        row.isProtected = wanted.isProtected();
        row.hidden = wanted.hidden();
        row.tags.retainAll(wanted.tags());
        row.tags.addAll(wanted.tags());
        row.properties.keySet().retainAll(wanted.properties().keySet());
        row.properties.putAll(wanted.properties());
        row.updatedAt = now;
    }

    @Override
    public ImageEntry activate(ImageId id, boolean active) {
        Instant now = clock.instant();
        return store.inTransaction(session -> {
            ImageRow row = locked(session, id);
            if (row.status == Status.QUEUED) {
                throw new ComputeException(
                        Kind.LIMIT,
                        "Image " + id + " has no content: only one that has can be deactivated or reactivated.");
            }
            row.status = active ? Status.ACTIVE : Status.DEACTIVATED;
            row.updatedAt = now;
            return row.toEntry(now);
        });
    }

    @Override
    public ImageEntry upload(ImageId id, long announcedBytes, InputStream content) {
        UUID upload = UUID.randomUUID();
        Begun begun = begin(id, upload, announcedBytes);
        Content written;
        try {
            if (announcedBytes > 0) {
                files.requireRoom(announcedBytes);
            }
            written = files.write(id, upload, begun.format, begun.limitBytes, content, () -> seenAlive(id, upload));
        } catch (RuntimeException e) {
            giveUp(id, upload, e);
            throw e;
        }
        try {
            return finish(id, upload, written);
        } catch (StoreException e) {
            if (!e.outcomeUnknown()) {
                discard(id, upload, e);
            }
            throw e;
        } catch (ComputeException e) {
            discard(id, upload, e);
            throw e;
        }
    }

    private Begun begin(ImageId id, UUID upload, long announcedBytes) {
        Instant now = clock.instant();
        return store.inTransaction(session -> {
            ImageRow row = locked(session, id);
            Status status = row.toEntry(now).status();
            if (status != Status.QUEUED) {
                throw new ComputeException(
                        Kind.CONFLICT,
                        "Image " + id + " is " + (status == Status.SAVING ? "being written" : "written")
                                + " already; its content cannot be replaced.");
            }
            String format = row.format;
            if (format == null || row.containerFormat == null) {
                throw new ComputeException(
                        Kind.INVALID, "Properties disk_format, container_format must be set prior to saving data.");
            }
            lockOwner(session, row.owner);
            long left = settings.bytesPerProject() - bytesOf(session, row.owner);
            if (left <= 0 || announcedBytes > left) {
                throw overQuota(row.owner);
            }
            if (announcedBytes > settings.bytesMax()) {
                throw new ComputeException(
                        Kind.TOO_LARGE,
                        "The image has " + announcedBytes + " bytes, of which at most " + settings.bytesMax()
                                + " are allowed.");
            }
            row.upload = upload;
            row.uploadAt = now;
            row.updatedAt = now;
            return new Begun(format, Math.min(left, settings.bytesMax()));
        });
    }

    private ImageEntry finish(ImageId id, UUID upload, Content written) {
        Instant now = clock.instant();
        ImageEntry image = store.inTransaction(session -> {
            ImageRow row = session.find(ImageRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
            if (row == null || !upload.equals(row.upload)) {
                throw new ComputeException(
                        Kind.CONFLICT, "Image " + id + " was deleted, or written by somebody else, meanwhile.");
            }
            lockOwner(session, row.owner);
            // Others may have finished meanwhile.
            if (bytesOf(session, row.owner) + written.bytes() > settings.bytesPerProject()) {
                throw overQuota(row.owner);
            }
            row.file = ImageFiles.name(id, upload);
            row.uploaded = true;
            row.sizeBytes = written.bytes();
            row.virtualBytes = written.virtualBytes();
            row.md5 = written.md5();
            row.sha512 = written.sha512();
            row.status = Status.ACTIVE;
            row.upload = null;
            row.uploadAt = null;
            row.updatedAt = now;
            return row.toEntry(now);
        });
        log.info("image {} has content, {} bytes of {}", id, written.bytes(), image.diskFormat());
        return image;
    }

    private static ComputeException overQuota(@Nullable String owner) {
        return new ComputeException(
                Kind.TOO_LARGE, "The images of project " + owner + " would have more bytes than a project may have.");
    }

    private static long bytesOf(Session session, @Nullable String owner) {
        return session.createSelectionQuery(
                        "select coalesce(sum(sizeBytes), 0) from Image where owner = :owner and uploaded", Long.class)
                .setParameter("owner", owner)
                .getSingleResult();
    }

    /** Until the transaction ends: so that two of one owner are counted one after the other. */
    private static void lockOwner(Session session, @Nullable String owner) {
        session.createNativeQuery("select 1 from pg_advisory_xact_lock(hashtextextended(:owner, 140))", Integer.class)
                .setParameter("owner", String.valueOf(owner))
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
            throw new ComputeException(Kind.CONFLICT, "Image " + id + " was deleted meanwhile.");
        }
    }

    private void discard(ImageId id, UUID upload, RuntimeException why) {
        try {
            files.remove(ImageFiles.name(id, upload));
        } catch (ComputeException e) {
            // It belongs to nobody, and is looked for.
            why.addSuppressed(e);
        }
        giveUp(id, upload, why);
    }

    /** The image is as it was before. When even this cannot be stored, its upload grows old and is given up by {@link #tidy}. */
    private void giveUp(ImageId id, UUID upload, RuntimeException why) {
        log.info("image {}: its content was not taken: {}", id, why.getMessage());
        try {
            store.inTransactionDo(session -> forget(session, id, upload));
        } catch (StoreException e) {
            why.addSuppressed(e);
        }
    }

    private static void forget(Session session, ImageId id, UUID upload) {
        int rows = session.createMutationQuery(
                        "update Image set upload = null, uploadAt = null where id = :id and upload = :upload")
                .setParameter("id", id.value())
                .setParameter("upload", upload)
                .executeUpdate();
        log.debug("image {}: upload {} {}", id, upload, rows == 1 ? "is given up" : "was not there any more");
    }

    @Override
    public Optional<Download> download(ImageId id) {
        Instant now = clock.instant();
        Found found = store.inTransaction(session -> {
            ImageRow row = session.find(ImageRow.class, id.value());
            return row == null || row.file == null ? null : new Found(row.toEntry(now), row.file);
        });
        return Optional.ofNullable(found)
                .map(one -> new Download(
                        one.image, Objects.requireNonNull(one.image.content()).bytes(), files.open(one.file)));
    }

    @Override
    public void delete(ImageId id) {
        String uploaded = store.inTransaction(session -> {
            ImageRow row = session.find(ImageRow.class, id.value());
            return row == null || !row.uploaded ? null : row.file;
        });
        catalog.deleteImage(id);
        if (uploaded != null) {
            try {
                files.remove(uploaded);
            } catch (ComputeException e) {
                log.warn("image {} is deleted; its file {} is removed later: {}", id, uploaded, e.getMessage());
            }
        }
    }

    private void tidyOnce() {
        try {
            tidy();
        } catch (StoreException | ComputeException e) {
            // Nothing is lost: the next round looks again.
            log.info("images: cannot tidy just now: {}", e.getMessage());
        }
    }

    /**
     * Gives up uploads that nobody has seen alive of late, and removes files that belong to no image. The files are listed before
     * the images: one that is written afterwards is not among them.
     */
    void tidy() {
        List<String> there = files.names();
        if (there.isEmpty()) {
            return;
        }
        Instant now = clock.instant();
        List<String> strangers = store.inTransaction(session -> {
            List<ImageRow> rows = session.createSelectionQuery(
                            "from Image where uploaded or upload is not null order by id", ImageRow.class)
                    .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                    .list();
            Set<String> named = new HashSet<>();
            for (ImageRow row : rows) {
                if (row.isBeingWritten(now)) {
                    UUID upload = Objects.requireNonNull(row.upload);
                    there.stream()
                            .filter(file -> ImageFiles.isOf(file, ImageId.of(row.id), upload))
                            .forEach(named::add);
                } else {
                    // From now on it cannot finish, if it goes on after all.
                    row.upload = null;
                    row.uploadAt = null;
                }
                if (row.file != null) {
                    named.add(row.file);
                }
            }
            return there.stream().filter(file -> !named.contains(file)).toList();
        });
        for (String file : strangers) {
            files.remove(file);
            log.info("images: removed {}, which belonged to no image any more", file);
        }
    }

    private static ImageRow locked(Session session, ImageId id) {
        ImageRow row = session.find(ImageRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
        if (row == null) {
            throw new ComputeException(Kind.NOT_FOUND, "No image found with ID " + id);
        }
        return row;
    }

    private record Begun(String format, long limitBytes) {}

    private record Found(ImageEntry image, String file) {}
}
