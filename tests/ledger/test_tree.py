"""The tree: known roots, and every root and proof as an independent reading of the RFC has them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.ledger.proofs import continues, includes
from registry.ledger.tree import Tree
from registry.ledger.verify import Tiles, leaf_hash
from tests.ledger.rfc import Naive

SIZE = 300
ENTRIES = [b"entry %d" % number for number in range(SIZE)]
LARGE = 256 * 256 + 700
"""Events of a tree with three levels of tiles."""

# The inputs and roots that implementations of Certificate Transparency test themselves with.
KNOWN = (
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
)


def tree_of(leaves):
    """A tree over leaves that stay where they are."""
    tree = Tree(lambda begin, end: leaves[begin:end])
    tree.extend(leaves)
    return tree


@pytest.fixture(scope="module")
def naive():
    """The slow one."""
    return Naive(ENTRIES)


@pytest.fixture(scope="module")
def tree(naive):
    """Ours, over the same entries."""
    return tree_of(naive.leaves)


def test_known_roots():
    """Of the empty tree and of eight entries, one after the other."""
    tiles, leaves = Tiles(lambda *_: None), []
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tiles.root().hex() == empty == Tree(lambda *_: []).root().hex()
    for entry, root in KNOWN:
        leaves.append(leaf_hash(bytes.fromhex(entry)))
        tiles.add(leaves[-1])
        assert tiles.root().hex() == root == tree_of(leaves).root().hex()


def test_roots_of_every_size(naive, tree):
    """By the tree, and by the tiles that a verifier keeps."""
    tiles = Tiles(lambda *_: None)
    for size in range(SIZE + 1):
        assert tree.root(size) == naive.mth(0, size) == tiles.root()
        if size < SIZE:
            tiles.add(naive.leaves[size])


def test_inclusion_of_every_entry_in_every_size(naive, tree):
    """The proofs are those of the RFC, and are believed."""
    for size in range(1, SIZE + 1):
        root = naive.mth(0, size)
        for index in range(size):
            proof = tree.inclusion(index, size)
            assert proof == naive.path(index, 0, size)
            assert includes(root, size, index, naive.leaves[index], proof)


def test_consistency_of_every_two_sizes(naive, tree):
    """The proofs are those of the RFC, and are believed."""
    for size in range(SIZE + 1):
        root = naive.mth(0, size)
        assert continues(naive.mth(0, 0), 0, root, size, tree.consistency(0, size))
        for old in range(1, size + 1):
            proof = tree.consistency(old, size)
            assert proof == naive.proof(old, size)
            assert continues(naive.mth(0, old), old, root, size, proof)


def test_a_large_tree_reads_few_leaves():
    """Its proofs are believed, each by the leaves of one tile of 256 at most."""
    leaves, read = [leaf_hash(b"%d" % number) for number in range(LARGE)], []

    def read_leaves(begin, end):
        read.append((begin, end))
        return leaves[begin:end]

    tree = Tree(read_leaves)
    tree.extend(leaves)
    tiles, roots = Tiles(lambda *_: None), {}
    for leaf in leaves:
        tiles.add(leaf)
        roots[tiles.size] = tiles.root() if tiles.size % 997 == 0 else b""
    roots[LARGE] = tiles.root()
    draw = random.Random(9)
    sizes = [size for size, root in roots.items() if root]
    for _ in range(200):
        old, size = sorted(draw.sample(sizes, 2))
        index = draw.randrange(size)
        read.clear()
        assert includes(roots[size], size, index, leaves[index], tree.inclusion(index, size))
        assert all(end - begin == 256 for begin, end in read)
        assert len(read) <= 2  # that of the leaf, and the last one of the size
        proof = tree.consistency(old, size)
        assert continues(roots[old], old, roots[size], size, proof)


def flipped(data, draw):
    """The same bytes, one bit of them changed."""
    place = draw(st.integers(0, len(data) * 8 - 1))
    changed = bytearray(data)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


@given(st.data())
def test_a_proof_with_anything_changed_is_not_believed(naive, tree, data):
    """A bit of the root, the leaf or a hash; the place; the size; a hash more, less or moved."""
    draw = data.draw
    size = draw(st.integers(2, SIZE))
    index = draw(st.integers(0, size - 1))
    root, leaf, proof = naive.mth(0, size), naive.leaves[index], tree.inclusion(index, size)
    place = draw(st.integers(0, len(proof) - 1))
    other = draw(st.integers(0, SIZE).filter(lambda number: number != index))
    changed = [*proof[:place], flipped(proof[place], draw), *proof[place + 1 :]]
    assert not includes(flipped(root, draw), size, index, leaf, proof)
    assert not includes(root, size, index, flipped(leaf, draw), proof)
    assert not includes(root, size, other, leaf, proof)
    assert not includes(root, size, index, leaf, changed)
    assert not includes(root, size, index, leaf, [*proof[:place], *proof[place + 1 :]])
    assert not includes(root, size, index, leaf, [*proof, proof[place]])
    assert not includes(root, size, index, leaf, [leaf, *proof])
    assert not includes(root, index, index, leaf, proof)


@given(st.data())
def test_two_trees_that_differ_are_not_consistent(naive, tree, data):
    """By whatever hashes of the one or the other."""
    draw = data.draw
    size = draw(st.integers(2, SIZE))
    old = draw(st.integers(1, size - 1))
    old_root, root, proof = naive.mth(0, old), naive.mth(0, size), tree.consistency(old, size)
    place = draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:place], flipped(proof[place], draw), *proof[place + 1 :]]
    other = draw(st.integers(1, size).filter(lambda number: number != old))
    assert not continues(flipped(old_root, draw), old, root, size, proof)
    assert not continues(old_root, old, flipped(root, draw), size, proof)
    assert not continues(old_root, old, root, size, changed)
    assert not continues(old_root, old, root, size, [*proof[:place], *proof[place + 1 :]])
    assert not continues(old_root, old, root, size, [*proof, proof[place]])
    assert not continues(old_root, other, root, size, proof)
    assert not continues(root, size, old_root, old, proof)
