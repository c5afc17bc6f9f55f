package io.holdfast.compute.store;

import io.holdfast.compute.Catalog;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Image;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.Instance;
import io.holdfast.compute.core.DiskHeader;
import io.holdfast.compute.core.GuestTermsRule;
import io.holdfast.compute.core.ImageRules;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.compute.core.Orders;
import io.holdfast.compute.core.PolicyRule;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostWish;
import io.holdfast.model.ImageId;
import io.holdfast.model.NumaWish;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Store;
import jakarta.persistence.LockModeType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Flavors and images in the store; image files are checked where they lie. */
final class StoredCatalog implements Catalog {

    private static final Logger log = LoggerFactory.getLogger(StoredCatalog.class);

    /** As many as Nova's quota for metadata: enough for people, too few to fill the store with. */
    private static final int EXTRA_SPECS_LIMIT = 128;

    /** Read with each flavor. */
    private static final int ACCESS_LIMIT = 1000;

    private final Store store;
    private final Rows rows;
    private final InstanceChanges changes;
    private final Path images;
    private final InstantSource clock;

    StoredCatalog(Store store, Rows rows, InstanceChanges changes, Path sharedStorage, InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.changes = changes;
        this.images = sharedStorage.resolve(Orders.IMAGES);
        this.clock = clock;
    }

    @Override
    public List<Flavor> flavors() {
        return store.inTransaction(session ->
                session.createSelectionQuery("from Flavor order by memoryMib, id", FlavorRow.class).list().stream()
                        .map(FlavorRow::toFlavor)
                        .toList());
    }

    @Override
    public Optional<Flavor> flavor(FlavorId id) {
        return store.inTransaction(session ->
                Optional.ofNullable(session.find(FlavorRow.class, id.value())).map(FlavorRow::toFlavor));
    }

    @Override
    public Flavor addFlavor(Flavor flavor) {
        if (flavor.resources().vcpus() < 1 || flavor.resources().memoryMib() < 1) {
            throw new ComputeException(Kind.INVALID, "a flavor needs at least 1 vCPU and 1 MiB of memory");
        }
        InstanceRules.policyWord(flavor.extraSpecs().get(PolicyRule.KEY), "extra spec " + PolicyRule.KEY);
        GuestTermsRule.check(flavor.extraSpecs(), "extra spec");
        wishes(flavor.extraSpecs());
        cells(flavor.extraSpecs(), flavor.resources());
        texts(flavor.extraSpecs(), "extra spec");
        InstanceRules.text(flavor.id().value(), "flavor id");
        FlavorRow row = new FlavorRow();
        row.id = flavor.id().value();
        row.name = InstanceRules.name(flavor.name());
        row.vcpus = flavor.resources().vcpus();
        row.memoryMib = flavor.resources().memoryMib();
        row.diskGib = flavor.resources().diskGib();
        row.isPublic = flavor.isPublic();
        row.createdAt = clock.instant();
        row.extraSpecs.putAll(flavor.extraSpecs());
        row.description = flavor.description() == null ? null : InstanceRules.text(flavor.description(), "description");
        try {
            store.inTransactionDo(session -> session.persist(row));
        } catch (ConstraintViolated e) {
            throw new ComputeException(
                    Kind.CONFLICT, "Flavor with ID " + flavor.id() + " or name " + flavor.name() + " already exists.");
        }
        return flavor;
    }

    @Override
    public Flavor changeExtraSpecs(FlavorId id, Map<String, String> set, Set<String> removed) {
        InstanceRules.policyWord(set.get(PolicyRule.KEY), "extra spec " + PolicyRule.KEY);
        GuestTermsRule.check(set, "extra spec");
        wishes(set);
        texts(set, "extra spec");
        Respecified result = store.inTransaction(session -> {
            // Locked, so that two changes add up, and an instance made meanwhile is made with the one or the other.
            FlavorRow row = session.find(FlavorRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
            if (row == null) {
                throw new ComputeException(Kind.NOT_FOUND, "Flavor " + id + " could not be found.");
            }
            String policyBefore = row.extraSpecs.get(PolicyRule.KEY);
            Map<String, String> wanted = new HashMap<>(row.extraSpecs);
            wanted.keySet().removeAll(removed);
            wanted.putAll(set);
            cells(wanted, row.toFlavor().resources());
            if (wanted.size() > EXTRA_SPECS_LIMIT) {
                throw new ComputeException(
                        Kind.INVALID, "a flavor can have at most " + EXTRA_SPECS_LIMIT + " extra specs");
            }
            if (Objects.equals(policyBefore, wanted.get(PolicyRule.KEY))) {
                replace(row, wanted);
                return new Respecified(row.toFlavor(), List.of());
            }
            // Instances first: what they were before is told from the specs that they had.
            List<InstanceRow> users = session.createSelectionQuery(
                            "from Instance where flavorId = :id and deletedAt is null order by createdAt, id",
                            InstanceRow.class)
                    .setParameter("id", row.id)
                    .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                    .list();
            Map<InstanceRow, Instance> before = new LinkedHashMap<>();
            users.forEach(user -> before.put(user, rows.instance(session, user)));
            replace(row, wanted);
            Instant now = clock.instant();
            List<InstanceChanges.Change> told = new ArrayList<>();
            before.forEach((user, was) -> {
                if (!rows.instance(session, user).policy().equals(was.policy())) {
                    // An older version of the row is an older policy: listeners drop it when it comes late.
                    user.updatedAt = now;
                    told.add(rows.change(session, was, user));
                }
            });
            return new Respecified(row.toFlavor(), told);
        });
        result.changes.forEach(changes::committed);
        log.info("flavor {} has other extra specs, {} instances another policy", id, result.changes.size());
        return result.flavor;
    }

    private static void wishes(Map<String, String> specs) {
        try {
            HostWish.check(specs);
        } catch (IllegalArgumentException no) {
            throw new ComputeException(Kind.INVALID, "extra spec " + no.getMessage());
        }
    }

    private static void cells(Map<String, String> specs, Resources size) {
        String objection = NumaWish.of(specs, Map.of()).objection(size.vcpus(), size.memoryMib());
        if (objection != null) {
            throw new ComputeException(Kind.INVALID, "extra spec " + objection);
        }
    }

    @Override
    public Flavor describeFlavor(FlavorId id, @Nullable String description) {
        return changeFlavor(
                id,
                row -> row.description = description == null ? null : InstanceRules.text(description, "description"));
    }

    @Override
    public Flavor changeAccess(FlavorId id, ProjectId project, boolean may) {
        return changeFlavor(id, row -> {
            if (may && row.isPublic) {
                throw new ComputeException(Kind.CONFLICT, "Flavor " + id + " is public; every project may use it.");
            }
            if (may && row.access.size() >= ACCESS_LIMIT) {
                throw new ComputeException(Kind.LIMIT, "Flavor " + id + " is given to " + ACCESS_LIMIT + " projects.");
            }
            if (may && !row.access.add(project.value())) {
                throw new ComputeException(
                        Kind.CONFLICT,
                        "Flavor access already exists for flavor " + id + " and project " + project + " combination.");
            }
            if (!may && !row.access.remove(project.value())) {
                throw new ComputeException(
                        Kind.NOT_FOUND, "Flavor access not found for " + id + " / " + project + " combination.");
            }
        });
    }

    private Flavor changeFlavor(FlavorId id, Consumer<FlavorRow> how) {
        return store.inTransaction(session -> {
            FlavorRow row = session.find(FlavorRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
            if (row == null) {
                throw new ComputeException(Kind.NOT_FOUND, "Flavor " + id + " could not be found.");
            }
            how.accept(row);
            return row.toFlavor();
        });
    }

    private static void replace(FlavorRow row, Map<String, String> wanted) {
        row.extraSpecs.keySet().retainAll(wanted.keySet());
        row.extraSpecs.putAll(wanted);
    }

    @Override
    public void deleteFlavor(FlavorId id) {
        store.inTransactionDo(session -> {
            // Locked, so that a create which has just read it is seen here or sees that it is gone.
            FlavorRow row = session.find(FlavorRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
            if (row == null) {
                throw new ComputeException(Kind.NOT_FOUND, "Flavor " + id + " could not be found.");
            }
            // Instances take their recovery policy from their flavor; without it they would silently lose it.
            refuseWhileUsed(
                    session.createSelectionQuery(
                                    "select count(*) from Instance where flavorId = :id and deletedAt is null",
                                    Long.class)
                            .setParameter("id", id.value())
                            .getSingleResult(),
                    "Flavor " + id);
            session.remove(row);
        });
    }

    @Override
    public List<Image> images() {
        return store.inTransaction(session -> session
                .createSelectionQuery("from Image where status = :active order by createdAt, id", ImageRow.class)
                .setParameter("active", Status.ACTIVE)
                .list()
                .stream()
                .map(ImageRow::toImage)
                .toList());
    }

    @Override
    public Optional<Image> image(ImageId id) {
        return store.inTransaction(session -> Optional.ofNullable(session.find(ImageRow.class, id.value()))
                .filter(row -> row.status == Status.ACTIVE)
                .map(ImageRow::toImage));
    }

    @Override
    public Image addImage(Image image) {
        long size = check(image.file(), image.format());
        check(image.kernelFile());
        check(image.ramdiskFile());
        ImageRules.properties(image.properties());
        if (image.commandLine() != null) {
            InstanceRules.text(image.commandLine(), "command line");
        }
        if (image.minMemoryMib() < 0 || image.minDiskGib() < 0) {
            throw new ComputeException(Kind.INVALID, "an image's least memory and disk must not be negative");
        }
        Instant now = clock.instant();
        ImageRow row = new ImageRow();
        row.id = image.id().value();
        row.name = InstanceRules.name(image.name());
        row.file = image.file();
        row.format = image.format();
        row.sizeBytes = size;
        row.kernelFile = image.kernelFile();
        row.ramdiskFile = image.ramdiskFile();
        row.commandLine = image.commandLine();
        row.minMemoryMib = image.minMemoryMib();
        row.minDiskGib = image.minDiskGib();
        row.status = Status.ACTIVE;
        row.containerFormat = ImageRules.BARE;
        row.createdAt = now;
        row.updatedAt = now;
        row.properties.putAll(image.properties());
        try {
            store.inTransactionDo(session -> session.persist(row));
        } catch (ConstraintViolated e) {
            throw new ComputeException(Kind.CONFLICT, "Image " + image.id() + " already exists.");
        }
        return row.toImage();
    }

    @Override
    public void deleteImage(ImageId id) {
        store.inTransactionDo(session -> {
            ImageRow row = session.find(ImageRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
            if (row == null) {
                throw new ComputeException(Kind.NOT_FOUND, "Image " + id + " could not be found.");
            }
            if (row.isProtected) {
                throw new ComputeException(Kind.LIMIT, "Image " + id + " is protected and cannot be deleted.");
            }
            // Every disk is an overlay over its image, also one that a fenced host still has to remove.
            refuseWhileUsed(
                    session.createSelectionQuery(
                                    "select count(*) from Instance where imageId = :id"
                                            + " and (deletedAt is null or task = :removal)",
                                    Long.class)
                            .setParameter("id", id.value())
                            .setParameter("removal", StoredInstances.DISK_REMOVAL)
                            .getSingleResult(),
                    "Image " + id);
            session.remove(row);
        });
    }

    private static void refuseWhileUsed(long users, String what) {
        if (users > 0) {
            throw new ComputeException(
                    Kind.CONFLICT, what + " is used by " + users + " instance(s); delete these first.");
        }
    }

    private static void texts(Map<String, String> map, String where) {
        map.forEach((key, value) -> {
            InstanceRules.text(key, where);
            InstanceRules.text(value, where + " " + key);
        });
    }

    private void check(@Nullable String file) {
        if (file != null) {
            resolve(file);
        }
    }

    /** Returns the size of the file. */
    private long check(String file, String format) {
        if (!format.equals("raw") && !format.equals("qcow2")) {
            throw invalid("an image's format must be raw or qcow2, is '" + format + "'");
        }
        Path path = resolve(file);
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            DiskHeader header = DiskHeader.read(in.readNBytes(DiskHeader.BYTES));
            // A qcow2 file taken for raw would let a guest write itself a header that names any file of the host.
            if (!format.equals(header.format())) {
                throw invalid("image file " + file + " is "
                        + (header.format().equals("raw") ? "not " + format : header.format()) + ", not " + format);
            }
            if (header.objection() != null) {
                throw invalid("image file " + file + " " + header.objection()
                        + "; make it one whole with: qemu-img convert -O qcow2");
            }
            return Files.size(path);
        } catch (IOException e) {
            throw invalid("image file " + file + " cannot be read: " + e.getMessage());
        }
    }

    /** The file, which lies in the images directory itself: no link, on no step of the way, can lead out of it. */
    private Path resolve(String file) {
        Path relative;
        try {
            relative = Path.of(file);
        } catch (InvalidPathException e) {
            throw invalid("image file '" + file.replace("\0", "\\0") + "' is no file name");
        }
        if (file.isEmpty()
                || relative.isAbsolute()
                || !relative.equals(relative.normalize())
                || relative.startsWith("..")) {
            throw invalid("image file '" + file + "' must lie in the images directory: a relative path without '..'");
        }
        Path path = images.resolve(relative);
        try {
            if (!path.toRealPath().equals(images.toRealPath().resolve(relative))) {
                throw invalid("image file " + file + " is a link; copy the file itself into the images directory");
            }
        } catch (IOException e) {
            throw invalid("image file " + file + " does not exist in the images directory; copy it there first");
        }
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw invalid("image file " + file + " is no regular file");
        }
        return path;
    }

    private static ComputeException invalid(String message) {
        return new ComputeException(Kind.INVALID, message);
    }

    private record Respecified(Flavor flavor, List<InstanceChanges.Change> changes) {}
}
