// torch.result_type, case by case.
#include "buddy/Frontend/Import/TypePromotion.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace buddy;

namespace {
struct TypePromotion : testing::Test {
  MLIRContext context;
  OpBuilder b{&context};
  Type f32 = b.getF32Type(), f64 = b.getF64Type(), i64 = b.getI64Type(), i32 = b.getI32Type(),
       i1 = b.getI1Type();
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());

  Operand tensor(Type element, ArrayRef<int64_t> shape) {
    b.setInsertionPointToEnd(module->getBody());
    return {UnrealizedConversionCastOp::create(b, b.getUnknownLoc(),
                                               TypeRange(RankedTensorType::get(shape, element)),
                                               ValueRange())
                .getResult(0),
            {}};
  }
  Operand full(Type element) { return tensor(element, {2}); }
  Operand zeroDim(Type element) { return tensor(element, {}); }
  Operand number(Scalar scalar) { return {{}, scalar}; }
  Type of(ArrayRef<Operand> operands) { return resultElementType(&context, operands); }
};
} // namespace

TEST_F(TypePromotion, Tensors) {
  EXPECT_EQ(of({full(i64), full(f32)}), f32);
  EXPECT_EQ(of({full(i32), full(i64)}), i64);
  EXPECT_EQ(of({full(i1), full(i32)}), i32);
  EXPECT_EQ(of({full(f64), full(f32)}), f64);
  EXPECT_EQ(promoteElementTypes(b.getF16Type(), b.getBF16Type()), f32);
}

TEST_F(TypePromotion, TensorsOfRankZeroCountByCategory) {
  EXPECT_EQ(of({full(f32), zeroDim(f64)}), f32);
  EXPECT_EQ(of({full(i32), zeroDim(i64)}), i32);
  EXPECT_EQ(of({full(i64), zeroDim(f64)}), f64);
  EXPECT_EQ(of({zeroDim(f32), zeroDim(f64)}), f64);
  EXPECT_EQ(of({full(i1), zeroDim(i32)}), i32);
}

TEST_F(TypePromotion, Numbers) {
  EXPECT_EQ(of({full(i64), number(Scalar::ofFloat(1.5))}), f32);
  EXPECT_EQ(of({full(i32), number(Scalar::ofInt(2))}), i32);
  EXPECT_EQ(of({full(i1), number(Scalar::ofInt(2))}), i64);
  EXPECT_EQ(of({full(i1), number(Scalar::ofBool(true))}), i1);
  EXPECT_EQ(of({full(f32), number(Scalar::ofFloat(2))}), f32);
  EXPECT_EQ(of({full(f64), number(Scalar::ofInt(2))}), f64);
  EXPECT_EQ(of({zeroDim(f64), number(Scalar::ofFloat(2))}), f64);
  EXPECT_EQ(of({zeroDim(i32), number(Scalar::ofFloat(2))}), f32);
  EXPECT_EQ(of({number(Scalar::ofInt(1)), number(Scalar::ofFloat(2))}), f32);
}
