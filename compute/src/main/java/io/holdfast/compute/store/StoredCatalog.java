package io.holdfast.compute.store;

import io.holdfast.compute.Catalog;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Image;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.compute.core.Orders;
import io.holdfast.compute.core.PolicyRule;
import io.holdfast.model.FlavorId;
import io.holdfast.model.ImageId;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Flavors and images in the store; image files are checked where they lie. */
final class StoredCatalog implements Catalog {

    private static final byte[] QCOW2_MAGIC = {'Q', 'F', 'I', (byte) 0xfb};

    private final Store store;
    private final Path images;
    private final InstantSource clock;

    StoredCatalog(Store store, Path sharedStorage, InstantSource clock) {
        this.store = store;
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
        FlavorRow row = new FlavorRow();
        row.id = flavor.id().value();
        row.name = InstanceRules.name(flavor.name());
        row.vcpus = flavor.resources().vcpus();
        row.memoryMib = flavor.resources().memoryMib();
        row.diskGib = flavor.resources().diskGib();
        row.isPublic = flavor.isPublic();
        row.createdAt = clock.instant();
        row.extraSpecs.putAll(flavor.extraSpecs());
        try {
            store.inTransactionDo(session -> session.persist(row));
        } catch (ConstraintViolated e) {
            throw new ComputeException(
                    Kind.CONFLICT, "Flavor with ID " + flavor.id() + " or name " + flavor.name() + " already exists.");
        }
        return flavor;
    }

    @Override
    public void deleteFlavor(FlavorId id) {
        store.inTransactionDo(session -> {
            FlavorRow row = session.find(FlavorRow.class, id.value());
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
        return store.inTransaction(session ->
                session.createSelectionQuery("from Image order by createdAt, id", ImageRow.class).list().stream()
                        .map(ImageRow::toImage)
                        .toList());
    }

    @Override
    public Optional<Image> image(ImageId id) {
        return store.inTransaction(session ->
                Optional.ofNullable(session.find(ImageRow.class, id.value())).map(ImageRow::toImage));
    }

    @Override
    public Image addImage(Image image) {
        long size = check(image.file(), image.format());
        check(image.kernelFile());
        check(image.ramdiskFile());
        InstanceRules.policyWord(image.properties().get(PolicyRule.IMAGE_KEY), "property " + PolicyRule.IMAGE_KEY);
        InstanceRules.policyWord(image.properties().get(PolicyRule.KEY), "property " + PolicyRule.KEY);
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
        row.status = "ACTIVE";
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
            ImageRow row = session.find(ImageRow.class, id.value());
            if (row == null) {
                throw new ComputeException(Kind.NOT_FOUND, "Image " + id + " could not be found.");
            }
            // Every disk is an overlay over its image.
            refuseWhileUsed(
                    session.createSelectionQuery(
                                    "select count(*) from Instance where imageId = :id and deletedAt is null",
                                    Long.class)
                            .setParameter("id", id.value())
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

    private void check(@Nullable String file) {
        if (file != null) {
            resolve(file);
        }
    }

    private long check(String file, String format) {
        Path path = resolve(file);
        try (InputStream in = Files.newInputStream(path)) {
            boolean qcow2 = Arrays.equals(in.readNBytes(QCOW2_MAGIC.length), QCOW2_MAGIC);
            // A qcow2 file taken for raw would let a guest write itself a header that names any file of the host.
            if (!format.equals(qcow2 ? "qcow2" : "raw")) {
                throw new ComputeException(
                        Kind.INVALID,
                        "image file " + file + " is " + (qcow2 ? "qcow2" : "not qcow2") + ", not " + format);
            }
            return Files.size(path);
        } catch (IOException e) {
            throw new ComputeException(Kind.INVALID, "image file " + file + " cannot be read: " + e.getMessage());
        }
    }

    private Path resolve(String file) {
        Path path = images.resolve(file).normalize();
        if (file.isEmpty()
                || !path.startsWith(images.normalize())
                || Path.of(file).isAbsolute()) {
            throw new ComputeException(Kind.INVALID, "image file '" + file + "' must lie in the images directory");
        }
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new ComputeException(
                    Kind.INVALID,
                    "image file " + file + " does not exist in the images directory; copy it there first");
        }
        return path;
    }
}
