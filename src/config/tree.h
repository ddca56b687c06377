#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "prober/error.h"
#include "prober/route.h"

namespace prober::config {

class Tree;

/// One value of a YAML document, with its position. A view: valid as long as its Tree.
class Value {
 public:
  enum class Kind : std::uint8_t { Null, Scalar, Sequence, Map };

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_null() const { return kind() == Kind::Null; }
  [[nodiscard]] bool is_scalar() const { return kind() == Kind::Scalar; }
  [[nodiscard]] bool is_sequence() const { return kind() == Kind::Sequence; }
  [[nodiscard]] bool is_map() const { return kind() == Kind::Map; }
  /// Of a scalar; "" for the others.
  [[nodiscard]] std::string_view text() const;
  /// The scalar stands in quotes, so it is a string whatever it looks like.
  [[nodiscard]] bool quoted() const;
  [[nodiscard]] int line() const;
  [[nodiscard]] int column() const;

  /// The elements of a sequence.
  [[nodiscard]] std::vector<Value> items() const;
  struct Member;
  /// The members of a map in their order, those of merged maps (`<<`) after its own.
  [[nodiscard]] std::vector<Member> members() const;

 private:
  friend class Tree;
  friend class TreeBuilder;
  Value(const Tree* tree, std::uint32_t index) : tree_(tree), index_(index) {}

  const Tree* tree_;
  std::uint32_t index_;
};

struct Value::Member {
  Value key;
  Value value;
};

/// A problem of the YAML text itself.
struct SyntaxProblem {
  int line = 0;
  int column = 0;
  std::string message;
  std::string words;  // those of Go's parser; "" when Pomerium does not mind
  bool ours = false;  // a limit of prober's own
};

/// A YAML document as a compact tree: a node is 16 bytes, all texts share one arena. Aliases refer
/// to their anchor's node and are not copied.
class Tree {
 public:
  /// Parses one document. On failure, or with duplicate keys, `problems` says where; then the tree
  /// holds what could be read, at least an empty root.
  [[nodiscard]] static Tree parse(std::string_view text, std::vector<SyntaxProblem>& problems);

  [[nodiscard]] Value root() const { return {this, root_}; }
  /// Whether the text was YAML.
  [[nodiscard]] bool sound() const { return sound_; }

 private:
  friend class Value;
  friend class TreeBuilder;

  struct Node {
    // Where a scalar's text begins in the arena, the first child of a collection (0: none, since
    // the root is never a child), the target of an alias.
    std::uint32_t at = 0;
    // The size of a scalar's text; the next sibling of a collection, whose nodes lie between them.
    std::uint32_t size_or_next = 0;
    std::int32_t line = 0;
    std::uint16_t column = 0;
    Value::Kind kind = Value::Kind::Null;
    bool quoted : 1 = false;
    bool alias : 1 = false;  // stands in a place of its own for the node that it names
    bool last : 1 = true;    // has no next sibling

    [[nodiscard]] bool is_collection() const {
      return kind == Value::Kind::Sequence || kind == Value::Kind::Map;
    }
  };
  static_assert(sizeof(Node) == 16);

  /// The node that the child stands for.
  [[nodiscard]] std::uint32_t target(std::uint32_t child) const {
    return nodes_[child].alias ? nodes_[child].at : child;
  }

  /// The child after it; 0: none.
  [[nodiscard]] std::uint32_t next(std::uint32_t child) const;

  std::vector<Node> nodes_;
  std::string arena_;
  std::uint32_t root_ = 0;
  bool sound_ = true;
};

}  // namespace prober::config
